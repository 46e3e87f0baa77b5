package io.millrace.queue.deadletter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Recipients;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.wire.Codecs;
import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.InvalidConfigurationException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeadLetterEditorTest {
    private static final String DATA = "{'note':'n','book':'b'}";

    private final DeadLetterEditor editor;

    DeadLetterEditorTest() throws InvalidConfigurationException {
        editor = new DeadLetterEditor(
                DomainModel.parse(
                        "pack.yaml",
                        """
                domain: test
                namespaces: { notes: { stream: "notes:{data.book}" }, system: { stream: system } }
                types:
                  "note:written":
                    namespace: notes
                    owner: data.author
                    entity: { kind: note, id: data.note, apply: put }
                    schema:
                      type: object
                      required: [note]
                      properties:
                        note: {}
                        book: {}
                        author: {}
                        pages: { type: integer }
                        at: { type: string, format: date-time }
                    max: 1KiB
                  "note:seen": { namespace: notes }
                roles: { admin: { see: ["*"] } }
                """));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/data | {'data':{'book':'b'}}",
                "/data | {'data':null}",
                "/data/pages | {'data':{'note':'n','book':'b','pages':'ten'}}",
                "/data/at | {'data':{'note':'n','book':'b','at':'2026-01-31 09:30:00Z'}}",
                "/data/note | {'data':{'note':'..','book':'b'}}",
                "/data/book | {'data':{'note':'n','book':'a b'}}",
                "/data/book | {'data':{'note':'n'}}",
                "/metadata/expectedVersion | {'metadata':{'expectedVersion':-1}}",
                "/metadata/expectedVersion | {'metadata':{'expectedVersion':'3'}}",
                "/metadata/expectedVersion | {'metadata':{'expectedVersion':1.5}}",
                "/metadata/expiresAt | {'metadata':{'expiresAt':'soon'}}",
                "/metadata/expiresAt | {'metadata':{'expiresAt':1769853600}}",
                "/metadata/expiresAt | {'metadata':{'expiresAt':{}}}",
                "/metadata/expiresAt | {'metadata':{'expiresAt':'1969-12-31T23:59:59Z'}}",
                "/metadata/target | {'metadata':{'target':{}}}",
                "/metadata/tags | {'metadata':{'tags':['eu']}}",
                "/metadata | {'metadata':[]}",
                "/id | {'id':'other'}"
            })
    void anEditMustMeetTheRulesOfANewEventAndReportsTheBrokenOne(String pointer, String change) {
        refusedAt(pointer, letter("note:written", DATA).build(), change);
    }

    @Test
    void anEditOfTheMetadataAloneLeavesNoDataThatANewEventCouldNotHave() {
        Event.Builder letter = letter("note:written", "{'note':'n','book':'b','pages':'ten'}");
        refusedAt("/data/pages", letter.build(), "{'metadata':{'expectedVersion':null}}");
    }

    @Test
    void everyMistakeIsNamedInTheMessageWhichAloneGoesOverTheBus() {
        Event letter = letter("note:written", DATA).build();
        var refused = assertThrows(
                MillraceException.class,
                () -> edited(letter, "{'data':{'note':'n','book':'b','pages':'ten','at':'soon'}}"));
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains("/data/pages ") && message.contains("; /data/at "), message);
    }

    @Test
    void onlyAnEntityHasAVersionToExpect() {
        Event letter = letter("note:seen", DATA).build();
        refusedAt("/metadata/expectedVersion", letter, "{'metadata':{'expectedVersion':3}}");
    }

    @Test
    void theRecipientsOfAnEntitysEventMustBeRemoved() {
        Recipients staff = new Recipients(Set.of("staff"), Set.of(), Set.of());
        Event letter = letter("note:written", DATA).target(staff).build();
        refusedAt("/metadata/target", letter, "{'metadata':{'expectedVersion':3}}");
        assertNull(edited(letter, "{'metadata':{'target':null}}").target());
    }

    @Test
    void aVersionIsWrittenAsANewEventMayWriteIt() {
        Event letter = letter("note:written", DATA).build();
        assertEquals(3, edited(letter, "{'metadata':{'expectedVersion':3.0}}").expectedVersion());
    }

    @Test
    void whatFollowsFromTheDataFollowsThem() {
        Event letter = letter("note:written", DATA).build();
        Event edited = edited(letter, "{'data':{'note':'m','book':'c','author':'u-2'}}");
        assertEquals("notes:c", edited.stream());
        assertEquals(new EntityRef("note", "notes:c", "m"), edited.entity());
        assertEquals("u-2", edited.owner());
        assertEquals("1", edited.id());
    }

    @Test
    void anEditOfWhatSomebodyElseHasEditedMeanwhileIsRefused() {
        Event letter = letter("note:written", DATA).build();
        MillraceException refused =
                assertThrows(MillraceException.class, () -> edited(letter, "{'revision':0,'data':{'book':'b'}}"));
        assertEquals(Failure.VERSION_CONFLICT, refused.failure(), refused.getMessage());
        assertEquals("notes:c", edited(letter, "{'revision':1,'data':{'note':'n','book':'c'}}").stream());
        refusedAt("/revision", letter, "{'revision':'1'}");
    }

    private void refusedAt(String pointer, Event letter, String change) {
        MillraceException refused = assertThrows(MillraceException.class, () -> edited(letter, change));
        assertEquals(Failure.INVALID_EVENT, refused.failure(), refused.getMessage());
        assertEquals(pointer, refused.details().get(0).pointer(), refused.getMessage());
    }

    private Event edited(Event letter, String change) {
        return editor.apply(Codecs.EVENT.encode(letter), 1, bytes(change)).event();
    }

    private static Event.Builder letter(String type, String data) {
        return Event.builder("1", type, "tests").data(bytes(data)).stream("notes:b");
    }

    /** With ' for ". */
    private static byte[] bytes(String json) {
        return json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }
}
