package io.millrace.systemtests.access;

import static java.util.stream.Collectors.toMap;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which role may see and publish which type of the packs in {@code conf/domains}, written by hand: the shop's part is the
 * matrix of its specification. A keyed stream (a guild, a room, a game, a player) is besides open only to users whose token
 * lists the key; but for the streams of the music bot, which its own services alone may see, and a bookmaker's ledgers.
 */
enum AccessTable {
    /** {@code A}: all events; {@code o}: the user's own events; {@code s}: all, of every key; {@code -}: none. */
    SEE(
            """
            type                      admin manager staff customer guest public player spectator referee bot member moderator owner music-service operator agent bettor bookmaker
            order:created               A      A      A      o       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            order:updated               A      A      A      o       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            order:status_changed        A      A      A      o       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            order:deleted               A      A      A      o       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            customer:activity           A      A      A      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            customer:viewing_product    A      A      A      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            customer:added_to_cart      A      A      A      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            customer:online             A      A      A      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            customer:offline            A      A      A      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            product:created             A      A      A      A       A     A      -       -        -     -     -       -       -         -         -     -      -       -
            product:updated             A      A      A      A       A     A      -       -        -     -     -       -       -         -         -     -      -       -
            product:price_changed       A      A      A      A       A     A      -       -        -     -     -       -       -         -         -     -      -       -
            product:deleted             A      A      A      A       A     A      -       -        -     -     -       -       -         -         -     -      -       -
            inventory:updated           A      A      A      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            inventory:low_stock         A      A      A      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            inventory:out_of_stock      A      A      A      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            inventory:restocked         A      A      A      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            payment:received            A      A      -      o       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            payment:failed              A      A      -      o       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            payment:refunded            A      A      -      o       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            system:notification         A      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            system:alert                A      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            system:maintenance          A      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            move:made                   A      -      -      -       -     -      A       A        A     -     -       -       -         -         -     -      -       -
            chat:said                   A      -      -      -       -     -      A       -        -     -     -       -       -         -         -     -      -       -
            room:joined                 A      -      -      -       -     -      A       A        A     -     -       -       -         -         -     -      -       -
            room:left                   A      -      -      -       -     -      A       A        A     -     -       -       -         -         -     -      -       -
            game:started                A      -      -      -       -     -      A       A        A     -     -       -       -         -         -     -      -       -
            game:scored                 A      -      -      -       -     -      A       A        A     -     -       -       -         -         -     -      -       -
            game:finished               A      -      -      -       -     -      A       A        A     -     -       -       -         -         -     -      -       -
            player:invited              A      -      -      -       -     -      A       -        -     -     -       -       -         -         -     -      -       -
            player:rewarded             A      -      -      -       -     -      A       -        -     -     -       -       -         -         -     -      -       -
            guild:updated               A      -      -      -       -     -      -       -        -     -     A       A       A         -         -     -      -       -
            guild:settings_changed      A      -      -      -       -     -      -       -        -     -     -       -       A         -         -     -      -       -
            channel:created             A      -      -      -       -     -      -       -        -     -     A       A       A         -         -     -      -       -
            channel:updated             A      -      -      -       -     -      -       -        -     -     A       A       A         -         -     -      -       -
            channel:deleted             A      -      -      -       -     -      -       -        -     -     A       A       A         -         -     -      -       -
            message:created             A      -      -      -       -     -      -       -        -     -     A       A       A         -         -     -      -       -
            message:updated             A      -      -      -       -     -      -       -        -     -     A       A       A         -         -     -      -       -
            message:deleted             A      -      -      -       -     -      -       -        -     -     A       A       A         -         -     -      -       -
            typing:started              A      -      -      -       -     -      -       -        -     -     A       A       A         -         -     -      -       -
            member:joined               A      -      -      -       -     -      -       -        -     -     A       A       A         -         -     -      -       -
            member:updated              A      -      -      -       -     -      -       -        -     -     A       A       A         -         -     -      -       -
            member:left                 A      -      -      -       -     -      -       -        -     -     A       A       A         -         -     -      -       -
            moderation:reported         A      -      -      -       -     -      -       -        -     -     -       A       A         -         -     -      -       -
            moderation:warned           A      -      -      -       -     -      -       -        -     -     o       A       A         -         -     -      -       -
            moderation:banned           A      -      -      -       -     -      -       -        -     -     o       A       A         -         -     -      -       -
            security:raid               A      -      -      -       -     -      -       -        -     -     -       A       A         -         -     -      -       -
            viewer:joined               A      -      -      -       -     -      -       -        -     -     A       A       A         -         -     -      -       -
            viewer:left                 A      -      -      -       -     -      -       -        -     -     A       A       A         -         -     -      -       -
            music-command:received      s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            music-command:pressed       s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            music-command:accepted      s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            music-command:answered      s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            voice:join_requested        s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            voice:state_updated         s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            voice:server_updated        s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            voice:ready                 s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            voice:failed                s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            playback:started            s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            playback:ended              s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            playback:failed             s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            playback:retried            s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            music:configured            s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            track:queued                A      -      -      -       -     -      -       -        -     -     A       A       A         A         -     -      -       -
            track:started               A      -      -      -       -     -      -       -        -     -     A       A       A         A         -     -      -       -
            track:ended                 A      -      -      -       -     -      -       -        -     -     A       A       A         A         -     -      -       -
            track:failed                A      -      -      -       -     -      -       -        -     -     A       A       A         A         -     -      -       -
            wager:placed                A      -      -      -       -     -      -       -        -     -     -       -       -         -         A     A      o       -
            wager:modified              A      -      -      -       -     -      -       -        -     -     -       -       -         -         A     A      o       -
            wager:settled               A      -      -      -       -     -      -       -        -     -     -       -       -         -         A     A      o       -
            wager:cancelled             A      -      -      -       -     -      -       -        -     -     -       -       -         -         A     A      o       -
            deposit:received            A      -      -      -       -     -      -       -        -     -     -       -       -         -         A     A      o       -
            deposit:failed              A      -      -      -       -     -      -       -        -     -     -       -       -         -         A     A      o       -
            withdrawal:paid             A      -      -      -       -     -      -       -        -     -     -       -       -         -         A     A      o       -
            account:updated             A      -      -      -       -     -      -       -        -     -     -       -       -         -         A     A      o       -
            risk:alerted                A      -      -      -       -     -      -       -        -     -     -       -       -         -         A     A      -       -
            commission:earned           A      -      -      -       -     -      -       -        -     -     -       -       -         -         A     A      -       -
            activity:recorded           A      -      -      -       -     -      -       -        -     -     -       -       -         -         A     A      o       -
            ledger:booked               s      -      -      -       -     -      -       -        -     -     -       -       -         -         s     -      -       s
            cashier:reported            A      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       A
            fixture:finished            A      -      -      -       -     -      -       -        -     -     -       -       -         -         A     A      A       -
            """),

    /** As above, of publishing; {@code s}: all, into streams of others too, since the role speaks for others. */
    PUBLISH(
            """
            type                      admin manager staff customer guest public player spectator referee bot member moderator owner music-service operator agent bettor bookmaker
            order:created               s      s      A      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            order:updated               s      s      A      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            order:status_changed        s      s      A      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            order:deleted               s      s      A      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            customer:activity           s      s      A      o       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            customer:viewing_product    s      s      A      o       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            customer:added_to_cart      s      s      A      o       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            customer:online             s      s      A      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            customer:offline            s      s      A      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            product:created             s      s      A      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            product:updated             s      s      A      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            product:price_changed       s      s      A      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            product:deleted             s      s      A      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            inventory:updated           s      s      A      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            inventory:low_stock         s      s      A      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            inventory:out_of_stock      s      s      A      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            inventory:restocked         s      s      A      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            payment:received            s      s      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            payment:failed              s      s      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            payment:refunded            s      s      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            system:notification         s      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            system:alert                s      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            system:maintenance          s      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            move:made                   s      -      -      -       -     -      o       -        s     -     -       -       -         -         -     -      -       -
            chat:said                   s      -      -      -       -     -      o       -        -     -     -       -       -         -         -     -      -       -
            room:joined                 s      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            room:left                   s      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            game:started                s      -      -      -       -     -      -       -        s     -     -       -       -         -         -     -      -       -
            game:scored                 s      -      -      -       -     -      -       -        s     -     -       -       -         -         -     -      -       -
            game:finished               s      -      -      -       -     -      -       -        s     -     -       -       -         -         -     -      -       -
            player:invited              s      -      -      -       -     -      -       -        s     -     -       -       -         -         -     -      -       -
            player:rewarded             s      -      -      -       -     -      -       -        s     -     -       -       -         -         -     -      -       -
            guild:updated               s      -      -      -       -     -      -       -        -     s     -       -       -         -         -     -      -       -
            guild:settings_changed      s      -      -      -       -     -      -       -        -     s     -       -       A         -         -     -      -       -
            channel:created             s      -      -      -       -     -      -       -        -     s     -       -       -         -         -     -      -       -
            channel:updated             s      -      -      -       -     -      -       -        -     s     -       -       -         -         -     -      -       -
            channel:deleted             s      -      -      -       -     -      -       -        -     s     -       -       -         -         -     -      -       -
            message:created             s      -      -      -       -     -      -       -        -     s     -       -       -         -         -     -      -       -
            message:updated             s      -      -      -       -     -      -       -        -     s     -       -       -         -         -     -      -       -
            message:deleted             s      -      -      -       -     -      -       -        -     s     -       -       -         -         -     -      -       -
            typing:started              s      -      -      -       -     -      -       -        -     s     -       -       -         -         -     -      -       -
            member:joined               s      -      -      -       -     -      -       -        -     s     -       -       -         -         -     -      -       -
            member:updated              s      -      -      -       -     -      -       -        -     s     -       -       -         -         -     -      -       -
            member:left                 s      -      -      -       -     -      -       -        -     s     -       -       -         -         -     -      -       -
            moderation:reported         s      -      -      -       -     -      -       -        -     s     -       A       A         -         -     -      -       -
            moderation:warned           s      -      -      -       -     -      -       -        -     s     -       A       A         -         -     -      -       -
            moderation:banned           s      -      -      -       -     -      -       -        -     s     -       A       A         -         -     -      -       -
            security:raid               s      -      -      -       -     -      -       -        -     s     -       -       -         -         -     -      -       -
            viewer:joined               s      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            viewer:left                 s      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       -
            music-command:received      s      -      -      -       -     -      -       -        -     s     -       -       -         s         -     -      -       -
            music-command:pressed       s      -      -      -       -     -      -       -        -     s     -       -       -         s         -     -      -       -
            music-command:accepted      s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            music-command:answered      s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            voice:join_requested        s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            voice:state_updated         s      -      -      -       -     -      -       -        -     s     -       -       -         s         -     -      -       -
            voice:server_updated        s      -      -      -       -     -      -       -        -     s     -       -       -         s         -     -      -       -
            voice:ready                 s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            voice:failed                s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            playback:started            s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            playback:ended              s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            playback:failed             s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            playback:retried            s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            music:configured            s      -      -      -       -     -      -       -        -     s     -       -       -         -         -     -      -       -
            track:queued                s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            track:started               s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            track:ended                 s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            track:failed                s      -      -      -       -     -      -       -        -     -     -       -       -         s         -     -      -       -
            wager:placed                s      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       s
            wager:modified              s      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       s
            wager:settled               s      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       s
            wager:cancelled             s      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       s
            deposit:received            s      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       s
            deposit:failed              s      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       s
            withdrawal:paid             s      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       s
            account:updated             s      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       s
            risk:alerted                s      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       s
            commission:earned           s      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       s
            activity:recorded           s      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       s
            ledger:booked               s      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       s
            cashier:reported            s      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       s
            fixture:finished            s      -      -      -       -     -      -       -        -     -     -       -       -         -         -     -      -       s
            """);

    private final List<String> roles;
    private final Map<String, Map<String, String>> cells = new LinkedHashMap<>();

    AccessTable(String table) {
        List<List<String>> rows = table.lines()
                .map(line -> Arrays.asList(line.trim().split(" +")))
                .toList();
        roles = rows.get(0).subList(1, rows.get(0).size());
        for (List<String> row : rows.subList(1, rows.size())) {
            cells.put(
                    row.get(0), roles.stream().collect(toMap(role -> role, role -> row.get(1 + roles.indexOf(role)))));
        }
    }

    List<String> roles() {
        return roles;
    }

    List<String> types() {
        return List.copyOf(cells.keySet());
    }

    /** Whether a role has a right on an event. */
    boolean allows(String role, SampleEvent event) {
        return switch (cells.get(event.type()).get(role)) {
            case "s" -> true;
            case "A" -> event.inOwnStream();
            case "o" -> event.inOwnStream() && event.owned();
            default -> false;
        };
    }

    /** Whether a role has a right on all events of a type. */
    boolean allowsAll(String role, String type) {
        String cell = cells.get(type).get(role);
        return cell.equals("A") || cell.equals("s");
    }

    boolean allowsSome(String role, String type) {
        return !cells.get(type).get(role).equals("-");
    }
}
