package io.millrace.launcher;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameStartingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.millrace.platform.bus.Bus;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The rules of the layout: which packages may depend on which. */
class ArchitectureTest {
    private static final JavaClasses PRODUCTION = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.millrace");

    private static final List<String> STAGES = Stages.names();

    @Test
    void theContractsAndTheDomainNeedTheJdkAndJacksonOnly() {
        classes()
                .that()
                .resideInAPackage("io.millrace.contracts..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.millrace.contracts..",
                        "java..",
                        "com.fasterxml.jackson..",
                        "io.vertx.core.buffer..",
                        "org.jspecify..")
                .check(PRODUCTION);
        classes()
                .that()
                .resideInAnyPackage("io.millrace.domain..", "io.millrace.mapping..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.millrace.contracts..",
                        "io.millrace.domain..",
                        "io.millrace.mapping..",
                        "java..",
                        "com.fasterxml.jackson..",
                        "io.vertx.core.buffer..",
                        "org.jspecify..")
                .check(PRODUCTION);
    }

    @Test
    void theContractsAndTheDomainReadNoFiles() {
        noClasses()
                .that()
                .resideInAnyPackage("io.millrace.contracts..", "io.millrace.domain..")
                .should()
                .dependOnClassesThat(resideInAPackage("java.nio.file..")
                        .or(resideInAPackage("java.io").and(simpleNameStartingWith("File"))))
                .check(PRODUCTION);
    }

    @Test
    void thePlatformNeedsTheContractsAndNothingAboveIt() {
        classes()
                .that()
                .resideInAPackage("io.millrace.platform..")
                .should()
                .onlyDependOnClassesThat(not(resideInAPackage("io.millrace.."))
                        .or(resideInAnyPackage(
                                "io.millrace.contracts..", "io.millrace.domain..", "io.millrace.platform..")))
                .check(PRODUCTION);
    }

    @Test
    void noStageKnowsAnother() {
        for (String stage : STAGES) {
            String own = "io.millrace." + stage + "..";
            classes()
                    .that()
                    .resideInAPackage(own)
                    .should()
                    .onlyDependOnClassesThat(not(resideInAPackage("io.millrace.."))
                            .or(resideInAnyPackage(
                                    "io.millrace.contracts..",
                                    "io.millrace.domain..",
                                    "io.millrace.kafka..",
                                    "io.millrace.mapping..",
                                    "io.millrace.platform..",
                                    "io.millrace.postgres..",
                                    "io.millrace.redis..",
                                    own)))
                    .check(PRODUCTION);
        }
    }

    @Test
    void onlyTheLauncherSeesStages() {
        String[] stages =
                STAGES.stream().map(stage -> "io.millrace." + stage + "..").toArray(String[]::new);
        noClasses()
                .that()
                .resideOutsideOfPackages(stages)
                .and()
                .resideOutsideOfPackage("io.millrace.launcher..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(stages)
                .check(PRODUCTION);
    }

    @Test
    void onlyTheBusTouchesTheRawEventBus() {
        noClasses()
                .that()
                .areNotAssignableTo(Bus.class)
                .and()
                .resideOutsideOfPackage("io.millrace.services..")
                .should()
                .dependOnClassesThat()
                .areAssignableTo(EventBus.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(MessageConsumer.class)
                .check(PRODUCTION);
    }

    /** A microservice is a program of its own, which anybody could have written: of Millrace it sees the event bus. */
    @Test
    void servicesSeeNothingOfMillrace() {
        classes()
                .that()
                .resideInAPackage("io.millrace.services..")
                .should()
                .onlyDependOnClassesThat(
                        not(resideInAPackage("io.millrace..")).or(resideInAPackage("io.millrace.services..")))
                .check(PRODUCTION);
        noClasses()
                .that()
                .resideOutsideOfPackage("io.millrace.services..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.millrace.services..")
                .check(PRODUCTION);
    }

    @Test
    void whatIsForTestsAndDevelopmentIsNeverReferredTo() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.millrace.backends..", "io.millrace.testkit..", "io.millrace.waits..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.millrace.backends..", "io.millrace.testkit..", "io.millrace.waits..")
                .check(PRODUCTION);
    }

    @Test
    void jsonObjectsLiveAtTheEdges() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.millrace.contracts..",
                        "io.millrace.router..",
                        "io.millrace.queue..",
                        "io.millrace.persistence..",
                        "io.millrace.cache..",
                        "io.millrace.aggregate..")
                .should()
                .dependOnClassesThat()
                .areAssignableTo(JsonObject.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(JsonArray.class)
                .check(PRODUCTION);
    }

    /** A root holds what a module shows to others, and may know its sub-packages; those have no circle among them. */
    @Test
    void subPackagesHaveNoCircles() {
        slices().matching("io.millrace.(*).(**)").should().beFreeOfCycles().check(PRODUCTION);
    }

    /** So that a package is one subject, read in one sitting. */
    @Test
    void aPackageHasTwelveFilesAtMost() {
        Map<String, Long> sizes = PRODUCTION.stream()
                .filter(type -> !type.isNestedClass()
                        && !type.isAnonymousClass()
                        && !type.getSimpleName().isEmpty())
                .filter(type -> !type.getSimpleName().equals("package-info"))
                .collect(Collectors.groupingBy(JavaClass::getPackageName, TreeMap::new, Collectors.counting()));
        sizes.values().removeIf(files -> files <= 12);
        assertEquals(Map.of(), sizes);
    }

    @Test
    void ofAStageOnlyItsVerticleItsSettingsAndItsRoutesArePublic() {
        for (String stage : STAGES) {
            classes()
                    .that()
                    .resideInAPackage("io.millrace." + stage)
                    .and()
                    .arePublic()
                    .and()
                    .areTopLevelClasses()
                    .should()
                    .haveSimpleNameEndingWith("Verticle")
                    .orShould()
                    .haveSimpleNameEndingWith("Stage")
                    .orShould()
                    .haveSimpleNameEndingWith("Settings")
                    .orShould()
                    .haveSimpleNameEndingWith("Routes")
                    .check(PRODUCTION);
        }
    }

    @Test
    void whatIsCheckedIsThere() {
        for (String part : List.of("contracts", "platform", "services", "launcher")) {
            assertTrue(PRODUCTION.stream().anyMatch(c -> c.getPackageName().startsWith("io.millrace." + part)), part);
        }
        for (String stage : STAGES) {
            assertTrue(PRODUCTION.stream().anyMatch(c -> c.getPackageName().equals("io.millrace." + stage)), stage);
        }
    }
}
