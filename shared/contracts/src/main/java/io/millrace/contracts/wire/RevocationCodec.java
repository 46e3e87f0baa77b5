package io.millrace.contracts.wire;

import io.millrace.contracts.revocation.Revocation;
import io.millrace.contracts.revocation.RevocationCommand;
import io.millrace.contracts.revocation.RevocationPage;
import io.millrace.contracts.revocation.RevocationQuery;

/** Revocations, and what is asked and done about them. */
final class RevocationCodec {
    private static final RevocationCommand.Kind[] KINDS = RevocationCommand.Kind.values();

    static final Codec<RevocationQuery> QUERY = new Codec<>(
            RevocationQuery.class,
            1,
            (q, w) -> {
                w.number(q.knownVersion());
                w.number(q.beforeId());
                w.number(q.limit());
            },
            r -> new RevocationQuery(r.number(), r.number(), (int) r.number()));

    static final Codec<RevocationPage> PAGE = new Codec<>(
            RevocationPage.class,
            1,
            (p, w) -> {
                w.number(p.version());
                w.list(p.revocations(), RevocationCodec::write);
            },
            r -> new RevocationPage(r.number(), r.list(RevocationCodec::read)));

    static final Codec<RevocationCommand> COMMAND = new Codec<>(
            RevocationCommand.class,
            1,
            (c, w) -> {
                w.number(c.kind().ordinal());
                w.optional(c.revocation(), RevocationCodec::write);
                w.text(c.by());
                w.optionalText(c.tried());
            },
            r -> new RevocationCommand(
                    r.constant(KINDS), r.optional(RevocationCodec::read), r.text(), r.optionalText()));

    private RevocationCodec() {}

    private static void write(Revocation revocation, WireWriter w) {
        w.number(revocation.id());
        w.optionalText(revocation.token());
        w.optionalText(revocation.user());
        w.number(revocation.beforeMicros());
        w.number(revocation.endsMicros());
        w.text(revocation.by());
        w.number(revocation.atMicros());
    }

    private static Revocation read(WireReader r) {
        return new Revocation(
                r.number(), r.optionalText(), r.optionalText(), r.number(), r.number(), r.text(), r.number());
    }
}
