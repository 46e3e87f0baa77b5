package io.millrace.launcher.command;

import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.launcher.Configuration;
import io.millrace.platform.settings.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** Options that several commands share. */
final class Options {
    @Option(
            names = "--conf",
            paramLabel = "DIR",
            description = "the folder with millrace.yaml and domains/ (default: ${DEFAULT-VALUE})")
    Path conf = Path.of("conf");

    @Option(
            names = "--pack",
            paramLabel = "FILE|DIR",
            description = "a domain pack, or a folder of them, instead of those in the folder; repeatable")
    List<Path> packs = new ArrayList<>();

    @Option(names = "--set", paramLabel = "NAME=VALUE", description = "a setting, over file and environment")
    Map<String, String> overrides = new HashMap<>();

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "where embedded backends and the development key lie (default: ${DEFAULT-VALUE})")
    Path data = Path.of(".millrace");

    Configuration load(Map<String, String> moreOverrides) throws InvalidConfigurationException {
        requireConf();
        Map<String, String> all = new HashMap<>(moreOverrides);
        all.putAll(overrides);
        return Configuration.load(conf, packs, System.getenv(), all);
    }

    /** The packs alone; needs no secret. */
    DomainModel domains() throws InvalidConfigurationException {
        requireConf();
        return Configuration.domains(conf, packs);
    }

    /** The settings, of which nothing is checked before it is read; needs no secret. */
    Settings settings() throws InvalidConfigurationException {
        Path file = conf.resolve("millrace.yaml");
        return Settings.load(Files.exists(file) ? file : null, System.getenv(), overrides);
    }

    private void requireConf() throws InvalidConfigurationException {
        if (!Files.isDirectory(conf)) {
            throw new InvalidConfigurationException(List.of(new ConfigurationError(
                    conf.toString(), 0, "", "there is no such folder; name it with --conf", null)));
        }
    }
}
