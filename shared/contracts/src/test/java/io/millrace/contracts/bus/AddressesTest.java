package io.millrace.contracts.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class AddressesTest {
    @Test
    void everyStreamHasAShardAndTheyAreSpread() {
        int[] load = new int[Addresses.SHARDS];
        for (int i = 0; i < 64_000; i++) {
            int shard = Addresses.shardOf("room:" + i);
            assertTrue(shard >= 0 && shard < Addresses.SHARDS);
            load[shard]++;
        }
        for (int streams : load) {
            assertTrue(streams > 500 && streams < 2_000, () -> streams + " of 64,000 streams on one of 64 shards");
        }
    }

    @Test
    void aStreamKeepsItsShardInEveryRelease() {
        assertEquals(58, Addresses.shardOf("orders"));
        assertEquals("millrace.shard.63", Addresses.shard(63).name());
    }
}
