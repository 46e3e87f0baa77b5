package io.millrace.testkit.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A network of hosts on this machine: network namespaces with a link each to a router, which is one too and can be told to
 * drop what goes from one to another. Nothing of the machine's own network is touched, and nothing is left: a namespace
 * ends with its processes, and those with this one. Works as root and as an ordinary user, where the kernel lets either
 * make namespaces. Not thread-safe.
 */
public final class NetworkNamespaces implements AutoCloseable {
    private static final String NET = "10.231.";
    /** A program beside the router, for what its kernel can't do by itself (netem): it takes packets and puts them back later. */
    private static final String DELAY =
            """
            import collections, fcntl, os, select, struct, sys, time
            link = os.open('/dev/net/tun', os.O_RDWR)
            fcntl.ioctl(link, 0x400454ca, struct.pack('16sH22x', b'slow', 0x1001))
            delay = float(sys.argv[1])
            waiting = collections.deque()
            print('up', flush=True)
            while True:
                while waiting and waiting[0][0] <= time.monotonic():
                    os.write(link, waiting.popleft()[1])
                rest = max(0, waiting[0][0] - time.monotonic()) if waiting else None
                ready, _, _ = select.select([link, 0], [], [], rest)
                if 0 in ready and not os.read(0, 1):
                    break
                if link in ready:
                    waiting.append((time.monotonic() + delay, os.read(link, 65536)))
            """;

    /** The number of the routing table for what is to be slow. */
    private static final int SLOW = 77;

    private final Process router;
    private final Path sockets;
    private final List<Host> hosts = new ArrayList<>();
    private final List<TcpProxy> relays = new ArrayList<>();
    private final Set<String> cuts = new HashSet<>();
    private @Nullable Process delay;

    /** With a router, and no hosts yet. */
    public NetworkNamespaces() {
        try {
            // Short, since the path of a Unix socket is.
            sockets = Files.createTempDirectory("lan");
            router = new ProcessBuilder(
                            "unshare", "--user", "--map-root-user", "--net", "sh", "-c", "echo up; exec cat")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
        expect(router, "up");
        shell(router, "echo 1 >/proc/sys/net/ipv4/ip_forward");
    }

    /** Whether this machine and user can have one. */
    public static boolean possible() {
        try (NetworkNamespaces lan = new NetworkNamespaces()) {
            lan.cut(lan.host(), lan.host());
            return true;
        } catch (IllegalStateException | UncheckedIOException refused) {
            return false;
        }
    }

    /** A host more. */
    public Host host() {
        int number = hosts.size() + 1;
        Process holder;
        try {
            List<String> command = inside(router, "unshare", "--net");
            command.addAll(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString()));
            command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-Xss256k", "-XX:TieredStopAtLevel=1"));
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), TcpProxy.class.getName()));
            holder = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
        Host host = new Host(holder, number);
        hosts.add(host);
        host.tell("");
        String subnet = NET + number;
        shell(
                router,
                "ip link add name h%1$d type veth peer name eth0 netns %2$d && ip addr add %3$s.1/24 dev h%1$d && ip link set h%1$d up"
                        .formatted(number, holder.pid(), subnet));
        shell(
                holder,
                "ip link set lo up && ip addr add %1$s.2/24 dev eth0 && ip link set eth0 up && ip route add default via %1$s.1"
                        .formatted(subnet));
        return host;
    }

    /** Nothing gets from one to the other, in either direction; nobody is told. */
    public void cut(Host one, Host other) {
        cutOneWay(one, other);
        cutOneWay(other, one);
    }

    /** What goes from one to the other is dropped; the other way is open. */
    public void cutOneWay(Host from, Host to) {
        String rule = "from " + from.address() + " to " + to.address() + " blackhole";
        if (cuts.add(rule)) {
            shell(router, "ip rule add " + rule);
        }
    }

    /**
     * What goes between the two, in either direction, takes so much longer, until {@link #heal}. One delay at a time, and
     * it needs Python.
     */
    public void slow(Host one, Host other, Duration each) {
        if (delay == null) {
            delay = delay(each);
            shell(
                    router,
                    "echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter && echo 0 >/proc/sys/net/ipv4/conf/slow/rp_filter"
                            + " && ip link set slow up && ip route add default dev slow table " + SLOW);
        }
        for (Host from : List.of(one, other)) {
            Host to = from == one ? other : one;
            // What comes out of the link again came in by it, and is not sent there twice.
            String rule = "from %s to %s iif h%d lookup %d".formatted(from.address(), to.address(), from.number, SLOW);
            if (cuts.add(rule)) {
                shell(router, "ip rule add " + rule);
            }
        }
    }

    private Process delay(Duration each) {
        try {
            Process program = new ProcessBuilder(
                            inside(router, "python3", "-c", DELAY, Double.toString(each.toMillis() / 1e3)))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            expect(program, "up");
            return program;
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    /** Everybody reaches everybody again. */
    public void heal() {
        cuts.forEach(rule -> shell(router, "ip rule del " + rule));
        cuts.clear();
        if (delay != null) {
            // Its interface, and the route that leads there, end with it.
            delay.destroyForcibly().onExit().join();
            delay = null;
        }
    }

    @Override
    public void close() {
        if (delay != null) {
            delay.destroyForcibly();
        }
        hosts.forEach(host -> host.holder.destroyForcibly());
        router.destroyForcibly();
        try {
            for (TcpProxy relay : relays) {
                relay.close();
            }
            try (var left = Files.list(sockets)) {
                for (Path socket : left.toList()) {
                    Files.delete(socket);
                }
            }
            Files.delete(sockets);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    /** One host, with its own loopback interface. */
    public final class Host {
        private final Process holder;
        private final int number;

        private Host(Process holder, int number) {
            this.holder = holder;
            this.number = number;
        }

        /** Under which the other hosts reach it. */
        public String address() {
            return NET + number + ".2";
        }

        /** What to put before a command that is to run there. */
        public List<String> prefix() {
            return inside(holder);
        }

        /** Whoever connects here to that port of the loopback interface is connected to the same port there. */
        public void serves(int port) {
            String socket = socket(port);
            tell(socket + " " + port);
            relays.add(new TcpProxy(Integer.toString(port), socket));
        }

        /** Whoever connects there to that port of the loopback interface is connected to the same port here. */
        public void reaches(int port) {
            String socket = socket(port);
            relays.add(new TcpProxy(socket, Integer.toString(port)));
            tell(port + " " + socket);
        }

        private String socket(int port) {
            return sockets.resolve(number + "-" + port).toString();
        }

        private void tell(String line) {
            try {
                holder.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
                holder.getOutputStream().flush();
            } catch (IOException problem) {
                throw new UncheckedIOException(problem);
            }
            expect(holder, line);
        }
    }

    private static List<String> inside(Process holder, String... command) {
        List<String> whole = new ArrayList<>(List.of("nsenter", "--target", Long.toString(holder.pid())));
        whole.addAll(List.of("--user", "--net", "--preserve-credentials", "--"));
        whole.addAll(List.of(command));
        return whole;
    }

    private static void shell(Process holder, String script) {
        try {
            Process process = new ProcessBuilder(inside(holder, "sh", "-c", script))
                    .redirectErrorStream(true)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(script + ": " + output.strip());
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", interrupted);
        }
    }

    /** Byte by byte: a reader of lines would take more than its line. */
    private static void expect(Process process, String line) {
        try {
            StringBuilder said = new StringBuilder();
            for (int b = process.getInputStream().read();
                    b != '\n';
                    b = process.getInputStream().read()) {
                if (b < 0) {
                    throw new IllegalStateException("ended instead of saying " + line);
                }
                said.append((char) b);
            }
            if (!said.toString().equals(line)) {
                throw new IllegalStateException(said + " instead of " + line);
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }
}
