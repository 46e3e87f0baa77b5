package io.millrace.services.shop.demo;

import java.util.List;

/**
 * Somebody who buys.
 *
 * @param id their user in tokens
 */
record Customer(String id, String name, String country) {
    /** Those whom {@code conf/demo/shop/tokens} gives a token come first. */
    static final List<Customer> ALL = List.of(
            new Customer("ada", "Ada Keller", "Germany"),
            new Customer("bruno", "Bruno Costa", "Portugal"),
            new Customer("chloe", "Chloé Martin", "France"),
            new Customer("dmitri", "Dmitri Antonov", "Estonia"),
            new Customer("emre", "Emre Yıldız", "Germany"),
            new Customer("fiona", "Fiona O’Brien", "Ireland"),
            new Customer("goran", "Goran Novak", "Croatia"),
            new Customer("hana", "Hana Dvořák", "Czechia"),
            new Customer("ingrid", "Ingrid Solberg", "Norway"),
            new Customer("jonas", "Jonas Weber", "Austria"),
            new Customer("kaori", "Kaori Tanaka", "Germany"),
            new Customer("leila", "Leila Haddad", "France"));

    /** How many of {@link #ALL} have a token, and so can be seen to come and go. */
    static final int WITH_TOKEN = 5;
}
