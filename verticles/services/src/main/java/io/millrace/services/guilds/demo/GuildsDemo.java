package io.millrace.services.guilds.demo;

import io.millrace.services.bus.ServiceBus;
import io.millrace.services.demo.DemoArguments;
import io.millrace.services.guilds.ContextService;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code scripts/run --demo guilds}: a bot's gateway on a running Millrace, the service that adds context to messages, and people
 * who write. Prints what happens. Belongs to one event loop.
 */
public final class GuildsDemo extends VerticleBase {
    private static final Pattern GATEWAY = Pattern.compile("api: http://127\\.0\\.0\\.1:(\\d+)/");

    private static final long TURN_MS = 2_500;
    private static final long AGAIN_MS = 200;
    private static final long FIGURES_MS = 30_000;

    private final ContextService service;
    private final String botToken;
    private final int port;

    private GuildsDemo(DemoArguments millrace) {
        String contextToken = millrace.token("context");
        this.botToken = millrace.token("discord");
        this.port = port(millrace.read("sources/discord.yaml"));
        this.service = new ContextService(millrace.http(), () -> contextToken, GuildLife.GUILDS);
    }

    /** The source's file says where the bot looks for its gateway. */
    private static int port(String source) {
        Matcher gateway = GATEWAY.matcher(source);
        if (!gateway.find()) {
            throw new IllegalArgumentException("sources/discord.yaml names no gateway of this machine");
        }
        return Integer.parseInt(gateway.group(1));
    }

    /** @param arguments those of {@link DemoArguments} */
    public static void main(String[] arguments) {
        DemoArguments millrace = DemoArguments.of(arguments);
        millrace.join()
                .compose(vertx -> vertx.deployVerticle(new GuildsDemo(millrace)))
                .onFailure(error -> {
                    System.err.println("the demo couldn't start: " + error);
                    System.exit(1);
                });
    }

    /** The gateway comes last: what it tells needs the service. */
    @Override
    public Future<?> start() {
        GatewayStandIn gateway = new GatewayStandIn(vertx, port, GuildLife::guilds);
        return vertx.deployVerticle(service)
                .compose(deployed -> gateway.start())
                .onSuccess(listening -> {
                    System.out.println("Discord's gateway is there; the bot finds it within seconds");
                    awaitBot(gateway);
                });
    }

    private void awaitBot(GatewayStandIn gateway) {
        vertx.setTimer(AGAIN_MS, looked -> {
            if (!gateway.hasSession()) {
                awaitBot(gateway);
                return;
            }
            System.out.println("the bot has a session: something happens every few seconds");
            GuildLife life = new GuildLife(vertx, gateway, new ServiceBus(vertx, () -> botToken));
            life.settle();
            vertx.setPeriodic(TURN_MS, timer -> life.turn());
            vertx.setPeriodic(FIGURES_MS, timer -> {
                var unused = service.figures().onSuccess(GuildsDemo::print);
            });
        });
    }

    private static void print(ContextService.Figures figures) {
        System.out.println("context of messages: " + figures.names() + " names, known " + figures.hits()
                + " times, read " + figures.misses() + " times");
    }
}
