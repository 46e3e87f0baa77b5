package io.millrace.persistence;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowIterator;
import io.vertx.sqlclient.RowSet;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows as the driver would hand them over. */
public final class FakeRows {
    private FakeRows() {}

    /** Each argument is a row: its columns. */
    public static RowSet<Row> of(List<?>... rows) {
        Iterator<Row> each = Arrays.stream(rows).map(FakeRows::row).iterator();
        RowIterator<Row> iterator = new RowIterator<>() {
            @Override
            public boolean hasNext() {
                return each.hasNext();
            }

            @Override
            public Row next() {
                return each.next();
            }
        };
        @SuppressWarnings("unchecked")
        RowSet<Row> set = (RowSet<Row>) proxy(RowSet.class, (self, method, arguments) -> iterator);
        return set;
    }

    /** A row; unlike {@link List#of} it may hold nulls. */
    public static List<@Nullable Object> columns(@Nullable Object... values) {
        return Arrays.asList(values);
    }

    private static Row row(List<?> columns) {
        return (Row) proxy(
                Row.class,
                (self, method, arguments) -> method.getName().equals("getValue")
                        ? columns.get((Integer) arguments[0])
                        : InvocationHandler.invokeDefault(self, method, arguments));
    }

    private static Object proxy(Class<?> type, InvocationHandler handler) {
        return Proxy.newProxyInstance(FakeRows.class.getClassLoader(), new Class<?>[] {type}, handler);
    }
}
