package dev.quarry.tools;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.quarry.query.Query;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

/** The rooms of the tool. */
class ToolArchitectureTest {
  private static final String SERVING = "dev.quarry.tools.serving";

  private static final JavaClasses TOOL =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.quarry.tools");

  @Test
  void theServerHasOneGateway() {
    assertThat(TOOL.contain(SERVING + ".DashboardServer")).isTrue();
    noClasses()
        .that()
        .resideOutsideOfPackage(SERVING)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.javalin..", "org.eclipse.jetty..", "jakarta..", "kotlin..")
        .check(TOOL);
  }

  @Test
  void theServerDoesNotKnowTheCommands() {
    noClasses()
        .that()
        .resideInAPackage(SERVING)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.quarry.tools.cli")
        .check(TOOL);
  }

  @Test
  void theToolKeepsToWhatCallersOfTheStoreHave() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.quarry.internal..", "dev.quarry.index..", "dev.quarry.cache..", "org.rocksdb..")
        .check(TOOL);
  }

  /** Whoever gives commands another clock finds it everywhere: in leases, ages and queries. */
  @Test
  void commandsHaveOneClock() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.quarry.tools.demo")
        .and()
        .doNotHaveFullyQualifiedName("dev.quarry.tools.cli.Cli") // which hands it out
        .and()
        .doNotHaveFullyQualifiedName("dev.quarry.tools.cli.ProcessUse") // of the machine
        .should()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(InstantSource.class, "system")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(Query.class, "parse", String.class)
        .check(TOOL);
  }

  /** Changes go out as server-sent events; there is no second way. */
  @Test
  void nothingIsMadeForWebSockets() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveNameMatching("(?i).*(websocket|io\\.javalin\\.websocket).*")
        .check(TOOL);
  }
}
