package io.millrace.services.shop.demo;

import io.vertx.core.json.JsonObject;
import java.util.List;

/** Something to buy, with its price and how many are left. Belongs to one event loop. */
final class Product {
    /** At so many left, or fewer, the shop warns. */
    static final int THRESHOLD = 6;

    private static final int FULL = 24;

    final String id;
    final String name;
    private long cents;
    /** On the shelf, some of them for orders that aren't told yet. */
    private int stock = FULL;
    /** Not promised to anybody. */
    private int free = FULL;

    private Product(int number, String name, long cents) {
        this.id = "p-" + number;
        this.name = name;
        this.cents = cents;
    }

    static List<Product> all() {
        return List.of(
                new Product(101, "Espresso cups, set of four", 2490),
                new Product(102, "Linen tablecloth", 4500),
                new Product(103, "Oak cutting board", 3995),
                new Product(104, "Beeswax candle", 850),
                new Product(105, "Ceramic teapot", 3250),
                new Product(106, "Wool blanket", 8900),
                new Product(107, "Glass carafe", 1990),
                new Product(108, "Copper saucepan", 7450),
                new Product(109, "Salt cellar", 1275),
                new Product(110, "Kitchen apron", 2795),
                new Product(111, "Bread knife", 4290),
                new Product(112, "Storage jar", 990),
                new Product(113, "Cast-iron pan", 5600),
                new Product(114, "Tea towels, set of three", 1450));
    }

    long cents() {
        return cents;
    }

    int stock() {
        return stock;
    }

    /** Promises some of them, as many as there are at most. */
    int promise(int wanted) {
        int promised = Math.min(wanted, free);
        free -= promised;
        return promised;
    }

    /** They aren't wanted after all. */
    void release(int pieces) {
        free += pieces;
    }

    /** They leave the shelf, as was promised. */
    void sell(int pieces) {
        stock -= pieces;
    }

    void takeBack(int pieces) {
        stock += pieces;
        free += pieces;
    }

    /** Fills the shelf up again. */
    int refill() {
        int added = Math.max(0, FULL - stock);
        takeBack(added);
        return added;
    }

    void price(long cents) {
        this.cents = cents;
    }

    /** What every event that names it says. */
    JsonObject named() {
        return new JsonObject().put("productId", id).put("productName", name);
    }

    /** And what those of the warehouse say. */
    JsonObject labelled() {
        return named().put("sku", "MR-" + id.substring(2));
    }
}
