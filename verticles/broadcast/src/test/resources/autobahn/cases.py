# Runs cases of Autobahn's suite against one server, several at once, and writes what it found.
# Usage: cases.py SPEC; SPEC is {"url", "lanes", "report": path, "agents": {name: {"cases": [pattern], "offers": [offer]}}},
# an offer of permessage-deflate by the arguments of PerMessageDeflateOffer.
import json
import sys
import traceback
from collections import deque

from autobahn.compress_deflate import PerMessageDeflateOffer, PerMessageDeflateResponseAccept
from autobahn.websocket import WebSocketClientFactory
from autobahntestsuite import fuzzing
from twisted.internet import reactor

CASES = fuzzing.CaseSet(
    fuzzing.CaseSetname, fuzzing.CaseBasename, fuzzing.Cases, fuzzing.CaseCategories, fuzzing.CaseSubCategories)
REPORTED = ['behavior', 'behaviorClose', 'remoteCloseCode', 'result', 'resultClose']
# A case waits so many times longer for its server: the machine may be busy.
PATIENCE = 10

spec = json.load(open(sys.argv[1]))
todo = deque((agent, case) for agent in sorted(spec['agents']) for case in CASES.parseSpecCases(spec['agents'][agent]))
report = dict((agent, {}) for agent in spec['agents'])


def failed(verdict):
    return not all(verdict[name] in ('OK', 'NON-STRICT', 'INFORMATIONAL') for name in ('behavior', 'behaviorClose'))


class Peer(fuzzing.FuzzingClientProtocol):
    """Compresses each message of its case, also one in fragments, where that was negotiated."""

    compressing = False

    def killAfter(self, delay):
        fuzzing.FuzzingClientProtocol.killAfter(self, delay * PATIENCE)

    def closeAfter(self, delay):
        fuzzing.FuzzingClientProtocol.closeAfter(self, delay * PATIENCE)

    def connectionLost(self, reason):
        try:
            fuzzing.FuzzingClientProtocol.connectionLost(self, reason)
        except Exception:
            self.factory.logCase({'behavior': traceback.format_exc()})

    def sendFrame(self, opcode, payload='', fin=True, rsv=0, mask=None, payload_len=None, chopsize=None, sync=False):
        deflate = self._perMessageCompress
        first = opcode in (1, 2) and rsv == 0 and not self.compressing
        if deflate is not None and (first or (opcode == 0 and rsv == 0 and self.compressing)):
            if payload_len is not None:
                payload = (payload * (payload_len // len(payload) + 1))[:payload_len]
            if first:
                deflate.startCompressMessage()
                rsv = 4
            payload = deflate.compressMessageData(payload)
            payload_len = None
            if fin:
                payload += deflate.endCompressMessage()
            self.compressing = not fin
        fuzzing.FuzzingClientProtocol.sendFrame(self, opcode, payload, fin, rsv, mask, payload_len, chopsize, sync)


class Lane(fuzzing.FuzzingFactory, WebSocketClientFactory):
    """Runs one case after the other, until none is left; then, alone, those that failed: the machine may have been busy."""

    open = 0
    again = False
    CaseSet = CASES
    specExcludeAgentCases = []

    def __init__(self):
        WebSocketClientFactory.__init__(self, str(spec['url']))
        fuzzing.FuzzingFactory.__init__(self, None)
        # Some cases judge the frames that came.
        self.logFrames = True
        Lane.open += 1
        self.next()
        fuzzing.connectWS(self)

    def next(self):
        self.agent, self.id = todo.popleft()
        self.resetProtocolOptions()
        self.setProtocolOptions(
            openHandshakeTimeout=PATIENCE,
            closeHandshakeTimeout=PATIENCE,
            serverConnectionDropTimeout=PATIENCE,
            perMessageCompressionOffers=[
                PerMessageDeflateOffer(**offer) for offer in spec['agents'][self.agent]['offers']],
            perMessageCompressionAccept=PerMessageDeflateResponseAccept)

    def buildProtocol(self, address):
        self.peer = peer = Peer()
        peer.factory = self
        peer.caseAgent = self.agent
        peer.case = CASES.CasesIndices[self.id]
        peer.Case = CASES.CasesById[self.id]
        peer.runCase = peer.Case(peer)
        return peer

    def logCase(self, result):
        verdict = dict((name, result.get(name)) for name in REPORTED)
        verdict['compressed'] = self.peer._perMessageCompress is not None
        report[self.agent][self.id] = verdict

    def clientConnectionLost(self, connector, reason):
        if todo:
            self.next()
            connector.connect()
        else:
            self.end()

    def clientConnectionFailed(self, connector, reason):
        print reason
        self.end()

    def end(self):
        Lane.open -= 1
        if Lane.open == 0 and not Lane.again:
            Lane.again = True
            todo.extend((agent, case) for agent in report for case in report[agent] if failed(report[agent][case]))
            if todo:
                Lane()
        if Lane.open == 0:
            reactor.stop()


for lane in range(min(spec['lanes'], len(todo))):
    Lane()
reactor.run()
json.dump(report, open(spec['report'], 'w'))
