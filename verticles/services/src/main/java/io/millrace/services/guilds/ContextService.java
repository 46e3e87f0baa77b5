package io.millrace.services.guilds;

import io.millrace.services.bus.ServiceBus;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds to each message, before it is taken, how its author, its channel and its guild are called: {@code data.context}. A pack
 * names it as the handler of {@code message:created}; a sink tells it what has changed. The names of its guilds are read when
 * it starts, others when they are asked for first. Of several instances each has names of its own, and all hear of a change.
 * State belongs to one event loop.
 */
public final class ContextService extends VerticleBase {
    /** The handler's address, for the pack. */
    public static final String HANDLER = "service.guilds.context";
    /** Where the sink tells of changes. */
    public static final String CHANGES = "service.guilds.changes";

    private static final String INVALIDATIONS = "service.guilds.context.invalidations";
    private static final Logger LOG = LoggerFactory.getLogger(ContextService.class);
    private static final int NAMES = 20_000;
    /** If the bus loses an invalidation. */
    private static final long KEPT_MS = TimeUnit.MINUTES.toMillis(5);
    /** How many answers are known, so that an event that is sent again gets the same: else it would be another event. */
    private static final int ANSWERS = 10_000;

    private final String http;
    private final Supplier<String> token;
    private final List<String> guilds;
    private final NameCache names =
            new NameCache(NAMES, KEPT_MS, () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
    private final Map<String, Future<JsonObject>> answers = new LinkedHashMap<>();
    private final List<MessageConsumer<?>> consumers = new ArrayList<>();
    /** What has changed while names are read in advance; null when they have been. */
    private @Nullable List<EntityKey> changedMeanwhile = new ArrayList<>();

    private @Nullable EntityReader entities;
    private @Nullable ServiceBus bus;

    /**
     * @param http Millrace's address, {@code http://host:port}
     * @param token sees members, channels and guilds of the guilds
     * @param guilds whose names are read in advance
     */
    public ContextService(String http, Supplier<String> token, List<String> guilds) {
        this.http = http;
        this.token = token;
        this.guilds = List.copyOf(guilds);
    }

    /** How often a name was known, and how often it had to be read. */
    public record Figures(long hits, long misses, int names) {}

    /** Safe from any thread, once the service has started. */
    public Future<Figures> figures() {
        Promise<Figures> figures = Promise.promise();
        context.runOnContext(there -> figures.complete(new Figures(names.hits(), names.misses(), names.size())));
        return figures.future();
    }

    @Override
    public Future<?> start() {
        EntityReader reader = new EntityReader(vertx, http, token);
        entities = reader;
        ServiceBus changes = new ServiceBus(vertx, token);
        bus = changes;
        MessageConsumer<JsonObject> invalidations =
                vertx.eventBus().consumer(INVALIDATIONS, message -> invalidate(message.body()));
        consumers.add(invalidations);
        return invalidations
                .completion()
                // A sink gives an event to one instance; all have to hear of it.
                .compose(heard -> changes.serve(CHANGES, event -> {
                    vertx.eventBus().publish(INVALIDATIONS, event);
                    return Future.succeededFuture();
                }))
                .compose(served -> preload(reader))
                .compose(read -> {
                    MessageConsumer<JsonObject> handler =
                            vertx.eventBus().consumer(HANDLER, message -> answer(message, reader));
                    consumers.add(handler);
                    return handler.completion();
                });
    }

    @Override
    public Future<?> stop() {
        return Future.join(consumers.stream().map(MessageConsumer::unregister).toList())
                .eventually(() -> bus == null ? Future.succeededFuture() : bus.close())
                .eventually(() -> entities == null ? Future.succeededFuture() : entities.close());
    }

    private void invalidate(JsonObject event) {
        List<EntityKey> changed = EntityKey.changedBy(event);
        changed.forEach(names::invalidate);
        if (changedMeanwhile != null) {
            changedMeanwhile.addAll(changed);
        }
    }

    /** Without them the service starts, too: then names are read as they are asked for. */
    private Future<Void> preload(EntityReader reader) {
        List<Future<Void>> all = guilds.stream()
                .map(EntityKey::stream)
                .flatMap(stream -> List.of("guild", "channel", "member").stream()
                        .map(kind -> reader.list(kind, stream, NAMES / 2).<Void>map(found -> {
                            found.forEach(one -> names.preload(
                                    new EntityKey(stream, kind, one.getString("id")),
                                    name(one.getJsonObject("state"))));
                            return null;
                        })))
                .toList();
        return Future.join(all)
                .onFailure(error -> LOG.warn("not all names could be read in advance", error))
                .otherwiseEmpty()
                .map(done -> {
                    // What was read may be older than a change that came while it was.
                    if (changedMeanwhile != null) {
                        changedMeanwhile.forEach(names::invalidate);
                    }
                    changedMeanwhile = null;
                    return null;
                });
    }

    private static String name(JsonObject state) {
        return state.getString("name", "");
    }

    private void answer(Message<JsonObject> message, EntityReader reader) {
        JsonObject event = message.body();
        String identity = event.getString("source") + " " + event.getString("id");
        Future<JsonObject> known = answers.get(identity);
        if (known == null) {
            known = context(event.getJsonObject("data"), reader);
            answers.put(identity, known);
            if (answers.size() > ANSWERS) {
                answers.remove(answers.keySet().iterator().next());
            }
        }
        // A message is taken without what can't be read: names are no reason to refuse it.
        var unused = known.onSuccess(message::reply);
    }

    /** A merge patch of the data, in which null is what isn't known: so nobody else can say it. */
    private Future<JsonObject> context(JsonObject data, EntityReader reader) {
        String guild = data.getString("guildId");
        Map<String, EntityKey> asked = new LinkedHashMap<>();
        asked.put("guild", EntityKey.guild(guild));
        asked.put("channel", EntityKey.channel(guild, data.getString("channelId")));
        asked.put("author", EntityKey.member(guild, data.getString("userId")));
        JsonObject context = new JsonObject();
        List<Future<String>> all = new ArrayList<>();
        asked.forEach((what, key) ->
                all.add(names.get(key, unknown -> reader.read(unknown).map(ContextService::name))
                        .onFailure(error -> LOG.debug("the name of {} couldn't be read", key, error))
                        .otherwise("")
                        .map(name -> {
                            context.put(what, name.isEmpty() ? null : name);
                            return name;
                        })));
        return Future.join(all).map(done -> new JsonObject().put("data", new JsonObject().put("context", context)));
    }
}
