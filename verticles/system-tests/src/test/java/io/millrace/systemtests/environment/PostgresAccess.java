package io.millrace.systemtests.environment;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Looks into PostgreSQL, past Millrace. */
public record PostgresAccess(String uri) {
    /** The first column of each row. */
    public List<String> ask(String sql, Object... parameters) {
        try (Connection connection = connect();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            List<String> rows = new ArrayList<>();
            try (ResultSet result = statement.executeQuery()) {
                while (result.next()) {
                    rows.add(result.getString(1));
                }
            }
            return rows;
        } catch (SQLException problem) {
            throw new IllegalStateException(sql, problem);
        }
    }

    public long number(String sql, Object... parameters) {
        return Long.parseLong(ask(sql, parameters).get(0));
    }

    public void tell(String sql) {
        try (Connection connection = connect();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.execute();
        } catch (SQLException problem) {
            throw new IllegalStateException(sql, problem);
        }
    }

    private Connection connect() throws SQLException {
        // postgresql://user@host:port/database
        String[] parts = uri.split("[/@]+", -1);
        return DriverManager.getConnection("jdbc:postgresql://" + parts[2] + "/" + parts[3] + "?user=" + parts[1]);
    }
}
