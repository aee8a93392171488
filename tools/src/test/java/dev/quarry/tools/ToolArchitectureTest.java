package dev.quarry.tools;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
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
