package io.millrace.contracts.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a filter wants, when two are the same, and what an index may look them up by. */
@NullUnmarked
class FilterTest {
    static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectMapper DECIMALS = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.USE_BIG_INTEGER_FOR_INTS)
            .build();

    private static final String ORDER =
            """
            {"id":"e1","type":"order:created","source":"shop/eu","priority":"high",
             "data":{"total":129.5,"items":3,"country":"FR","paid":true,"coupon":null,"at":"2026-01-31T09:30:00Z",
                     "customer":{"id":"c-4"},"sizes":[36,38.0],"big":9007199254740993,"huge":1e30},
             "metadata":{"tags":["eu","web"],"category":"commerce"}}
            """;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'data.country':'FR'}",
                "{'data.country':{'eq':'FR'}}",
                "{'data.total':{'gte':129.5}}",
                "{'data.total':{'gt':100,'lt':200}}",
                "{'data.items':3}",
                "{'data.items':3.0}",
                "{'data.items':{'in':[1,3e0]}}",
                "{'data.paid':true}",
                "{'data.paid':{'ne':false}}",
                "{'data.coupon':null}",
                "{'data.coupon':{'exists':true}}",
                "{'data.customer.id':'c-4'}",
                "{'data.customer':{'exists':true}}",
                "{'data.at':{'gte':'2026-01-31T00:00:00Z','lt':'2026-02-01T00:00:00Z'}}",
                "{'data.sizes':38}",
                "{'metadata.tags':'web'}",
                "{'metadata.tags':{'in':['us','eu']}}",
                "{'metadata.tags':{'prefix':'w'}}",
                "{'and':[{'metadata.tags':'eu'},{'metadata.tags':'web'}]}",
                "{'type':{'prefix':'order:'}}",
                "{'source':'shop/eu','id':'e1'}",
                "{'priority':{'gte':'normal'}}",
                "{'priority':{'in':['low','high']}}",
                "{'data.nothing':{'ne':1}}",
                "{'data.nothing':{'exists':false}}",
                "{'data.country.city':{'exists':false}}",
                "{'not':{'data.nothing':{'gt':1}}}",
                "{'or':[{'data.country':'DE'},{'data.total':{'gt':100}}]}",
                "{'data.country':'FR','or':[{'data.items':3},{'data.items':4}],'not':{'data.paid':false}}",
                "{'data.big':9007199254740993}",
                "{'data.big':{'gt':9007199254740992}}",
                "{'data.huge':{'gt':9223372036854775807}}"
            })
    void theOrderIsWanted(String filter) throws Exception {
        assertTrue(filter(filter).matches(JSON.readTree(ORDER)));
        assertTrue(filter(filter).matches(DECIMALS.readTree(ORDER)), "with its numbers as decimals");
        assertTrue(Filter.parse(DECIMALS.readTree(filter.replace('\'', '"'))).matches(JSON.readTree(ORDER)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'data.country':'fr'}",
                "{'data.country':{'prefix':'FRA'}}",
                "{'data.country':{'gt':5}}",
                "{'data.total':{'lt':'200'}}",
                "{'data.total':{'gt':129.5}}",
                "{'data.items':'3'}",
                "{'data.items':{'prefix':'3'}}",
                "{'data.paid':1}",
                "{'data.coupon':{'gte':0}}",
                "{'data.coupon':false}",
                "{'data.customer':'c-4'}",
                "{'data.nothing':null}",
                "{'data.nothing':{'lt':1}}",
                "{'data.nothing':{'in':[null,1]}}",
                "{'data.nothing':{'exists':true}}",
                "{'data.sizes':{'gt':30}}",
                "{'data.sizes':{'ne':36}}",
                "{'metadata.tags':{'in':['us','asia']}}",
                "{'not':{'metadata.tags':'eu'}}",
                "{'priority':{'lt':'high'}}",
                "{'priority':{'lt':'low'}}",
                "{'data.country':'FR','data.items':4}",
                "{'or':[{'data.country':'DE'},{'data.total':{'gt':1000}}]}",
                "{'data.big':9007199254740992}",
                "{'data.big':{'lte':9007199254740992.0}}"
            })
    void theOrderIsNotWanted(String filter) throws Exception {
        assertFalse(filter(filter).matches(JSON.readTree(ORDER)));
        assertFalse(filter(filter).matches(DECIMALS.readTree(ORDER)), "with its numbers as decimals");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'data.a':1,'data.b':2} | {'data.b':{'eq':2.0},'data.a':1e0}",
                "{'data.a':1,'data.b':2} | {'and':[{'data.b':2},{'data.a':1},{'data.b':2}]}",
                "{'data.a':{'in':[3,1,2,1]}} | {'or':[{'data.a':1},{'data.a':{'in':[2,3]}}]}",
                "{'data.a':{'in':['x']}} | {'data.a':'x'}",
                "{'data.a':{'ne':1}} | {'not':{'data.a':1}}",
                "{'data.a':{'ne':1}} | {'not':{'not':{'data.a':{'ne':1}}}}",
                "{'data.a':{'exists':false}} | {'not':{'data.a':{'exists':true}}}",
                "{'not':{'data.a':1,'data.b':2}} | {'or':[{'data.b':{'ne':2}},{'data.a':{'ne':1}}]}",
                "{'not':{'or':[{'data.a':1},{'data.b':2}]}} | {'data.a':{'ne':1},'data.b':{'ne':2}}",
                "{'and':[{'data.a':{'ne':1}},{'data.a':{'ne':2}}]} | {'not':{'data.a':{'in':[2,1]}}}",
                "{'priority':{'gte':'high'}} | {'priority':{'in':['critical','high']}}",
                "{'data.n':100000000000000000000} | {'data.n':1e20}",
                "{'data.n':-0.0} | {'data.n':0}"
            })
    void theSameInOtherWordsIsTheSameFilter(String one, String other) throws Exception {
        assertEquals(filter(one), filter(other));
        assertEquals(filter(one).hashCode(), filter(other).hashCode());
        assertEquals(filter(one).keys(), filter(other).keys());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'data.a':1} | {'data.a':'1'}",
                "{'data.a':true} | {'data.a':'true'}",
                "{'data.a':null} | {'data.a':{'exists':false}}",
                "{'data.a':1,'data.b':2} | {'or':[{'data.a':1},{'data.b':2}]}",
                "{'data.a':{'gt':1}} | {'data.a':{'gte':1}}",
                "{'not':{'data.a':{'gt':1}}} | {'data.a':{'lte':1}}",
                "{'data.n':9007199254740993} | {'data.n':9007199254740992}",
                "{'data.n':0.1} | {'data.n':0.10000000000000002}"
            })
    void anotherMeaningIsAnotherFilter(String one, String other) throws Exception {
        assertNotEquals(filter(one), filter(other));
    }

    @Test
    void anEmptyFilterWantsEverything() throws Exception {
        assertSame(Filter.ALL, filter("{}"));
        assertTrue(Filter.ALL.keys().isEmpty());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'data.a':1} | data.a=1",
                "{'data.a':{'in':[2,1]}} | data.a=1 data.a=2",
                "{'data.a':{'in':[1,2]},'data.b':'x'} | data.b=x",
                "{'type':'order:created','data.a':{'in':[1,2]}} | data.a=1 data.a=2",
                "{'data.paid':true,'data.id':'o-1'} | data.id=o-1",
                "{'type':'order:created','data.a':{'gt':1}} | type=order:created",
                "{'or':[{'data.a':1},{'data.b':2,'data.c':{'gt':1}}]} | data.a=1 data.b=2",
                "{'or':[{'data.a':1},{'data.b':{'gt':2}}]} | ``",
                "{'data.a':{'gt':1}} | ``",
                "{'data.a':{'ne':1}} | ``"
            })
    void theFewestEqualitiesThatAMatchNeedsAreItsKeys(String filter, String keys) throws Exception {
        Set<String> found = filter(filter).keys().stream()
                .map(key -> key.path() + "=" + key.value())
                .collect(Collectors.toSet());
        assertEquals(keys.isEmpty() ? Set.of() : Set.of(keys.split(" ")), found);
    }

    @Test
    void anEventIsLookedUpByTheValuesThatItHas() throws Exception {
        for (ObjectMapper mapper : List.of(JSON, DECIMALS)) {
            JsonNode order = mapper.readTree(ORDER);
            assertEquals(values("{'data.items':3.0}"), found("data.items", order));
            assertEquals(values("{'data.total':1.295e2}"), found("data.total", order));
            assertEquals(values("{'data.huge':1000000000000000000000000000000}"), found("data.huge", order));
            assertEquals(values("{'data.coupon':null}"), found("data.coupon", order));
            assertEquals(List.of("eu", "web"), found("metadata.tags", order));
            assertEquals(List.of(), found("data.customer", order));
            assertEquals(List.of(), found("data.nothing", order));
        }
    }

    @Test
    void aFilterThatComesAsTextIsReadTheSame() throws Exception {
        assertEquals(filter("{'data.a':{'gt':1}}"), Filter.parseText("{ \"data.a\" : { \"gt\" : 1.0 } }"));
    }

    private static List<Object> values(String filter) throws Exception {
        return filter(filter).keys().stream().map(EqualityKey::value).toList();
    }

    private static List<Object> found(String path, JsonNode event) {
        List<Object> values = new ArrayList<>();
        EventPath.compile(path).values(event, values::add);
        return values;
    }

    /** With ' for ", to be readable here. */
    static Filter filter(String json) throws Exception {
        return Filter.parse(JSON.readTree(json.replace('\'', '"')));
    }
}
