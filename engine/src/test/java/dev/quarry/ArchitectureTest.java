package dev.quarry;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rooms of the house, and the rules of each. */
class ArchitectureTest {
  /** A ratchet: a public type more is a promise more, and needs a reason. */
  private static final int PUBLIC_TYPES = 70;

  private static final int MAX_LINES = 600;

  private static final JavaClasses HOUSE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption((Location location) -> !location.contains("/test-classes/"))
          .importPackages("dev.quarry");

  private static JavaClasses engine() {
    return HOUSE.that(
        describe(
            "engine",
            c ->
                !c.getPackageName().startsWith("dev.quarry.index")
                    && !c.getPackageName().startsWith("dev.quarry.cache")));
  }

  @Test
  void theHouseWasFound() {
    assertThat(HOUSE.size()).isGreaterThan(150);
    assertThat(HOUSE.contain("dev.quarry.index.PostingIndex")).isTrue();
    assertThat(HOUSE.contain("dev.quarry.cache.RecordCache")).isTrue();
    assertThat(HOUSE.contain("dev.quarry.internal.storage.Storage")).isTrue();
    assertThat(HOUSE.contain("dev.quarry.ArchitectureTest")).isFalse();
  }

  @Test
  void eachLibraryHasOneGateway() {
    gateway("dev.quarry.internal.storage", "org.rocksdb..");
    gateway("dev.quarry.internal.codec", "com.esotericsoftware..");
    gateway("dev.quarry.index", "net.openhft..");
    gateway("dev.quarry.cache", "com.github.benmanes..");
    gateway("dev.quarry.internal.events", "jdk.jfr..");
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.quarry.internal.claim")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.agrona..")
        .check(engine());
  }

  private static void gateway(String home, String library) {
    noClasses()
        .that()
        .resideOutsideOfPackage(home)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .check(HOUSE);
  }

  @Test
  void indexAndCacheKnowNeitherTheEngineNorEachOther() {
    String[] engine = {
      "dev.quarry", "dev.quarry.query..", "dev.quarry.internal..", "org.rocksdb.."
    };
    noClasses()
        .that()
        .resideInAnyPackage("dev.quarry.index..", "dev.quarry.cache..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(engine)
        .check(HOUSE);
    noClasses()
        .that()
        .resideInAPackage("dev.quarry.index..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.quarry.cache..")
        .check(HOUSE);
    noClasses()
        .that()
        .resideInAPackage("dev.quarry.cache..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.quarry.index..")
        .check(HOUSE);
  }

  @Test
  void theLowerRoomsDoNotLookUp() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.quarry.internal.storage", "dev.quarry.internal.lifecycle")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.quarry.internal",
            "dev.quarry.internal.write",
            "dev.quarry.internal.read",
            "dev.quarry.internal.index",
            "dev.quarry.internal.codec")
        .check(HOUSE);
    noClasses()
        .that()
        .resideInAPackage("dev.quarry.internal.codec")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.quarry.internal",
            "dev.quarry.internal.write",
            "dev.quarry.internal.read",
            "dev.quarry.internal.index",
            "dev.quarry.internal.storage")
        .check(HOUSE);
  }

  @Test
  void publicSignaturesShowNothingInternal() {
    List<String> leaks = new ArrayList<>();
    for (JavaClass type : facade()) {
      if (type.getModifiers().contains(JavaModifier.PUBLIC)) {
        Stream.concat(type.getMethods().stream(), type.getConstructors().stream())
            .filter(u -> !u.getModifiers().contains(JavaModifier.PRIVATE))
            .filter(
                u ->
                    u.getModifiers().contains(JavaModifier.PUBLIC)
                        || u.getModifiers().contains(JavaModifier.PROTECTED))
            .filter(ArchitectureTest::showsInternal)
            .forEach(u -> leaks.add(u.getFullName()));
      }
    }
    assertThat(leaks).isEmpty();
  }

  private static boolean showsInternal(JavaCodeUnit unit) {
    return Stream.concat(Stream.of(unit.getRawReturnType()), unit.getRawParameterTypes().stream())
        .map(type -> type.getBaseComponentType().getPackageName())
        .anyMatch(
            name ->
                name.startsWith("dev.quarry.internal")
                    || name.startsWith("dev.quarry.index")
                    || name.startsWith("dev.quarry.cache")
                    || !(name.isEmpty() || name.startsWith("java.") || name.startsWith("dev.")));
  }

  private static List<JavaClass> facade() {
    return HOUSE.stream()
        .filter(
            c ->
                List.of("dev.quarry", "dev.quarry.query", "dev.quarry.work", "dev.quarry.change")
                    .contains(c.getPackageName()))
        .toList();
  }

  @Test
  void thePublicTypesAreCounted() {
    List<String> types =
        facade().stream()
            .filter(c -> c.isTopLevelClass() && c.getModifiers().contains(JavaModifier.PUBLIC))
            .map(JavaClass::getName)
            .sorted()
            .toList();
    assertThat(types).hasSizeLessThanOrEqualTo(PUBLIC_TYPES);
    assertThat(PUBLIC_TYPES).isLessThanOrEqualTo(70);
  }

  @Test
  void noNoiseNoMonitorsNoMutableStatics() {
    noClasses().should().accessField(System.class, "out").check(engine());
    noClasses().should().accessField(System.class, "err").check(engine());
    noClasses().should().callMethod(System.class, "gc").check(HOUSE);
    noClasses().should().callMethod(Throwable.class, "printStackTrace").check(HOUSE);
    methods().should().notHaveModifier(JavaModifier.SYNCHRONIZED).check(HOUSE);
    fields()
        .that()
        .areStatic()
        .and()
        .doNotHaveModifier(JavaModifier.SYNTHETIC)
        .should()
        .beFinal()
        .check(HOUSE);
  }

  /** Logs are read by others than the store's owner, so no level below warnings may be in use. */
  @Test
  void onlyWarningsAreLogged() {
    for (String level : List.of("info", "debug", "trace", "atInfo", "atDebug", "atTrace")) {
      noClasses()
          .should()
          .callMethodWhere(
              describe(
                  "a logger's " + level,
                  call ->
                      call.getTargetOwner().getName().equals("org.slf4j.Logger")
                          && call.getName().equals(level)))
          .check(HOUSE);
    }
  }

  @Test
  void noReadTakesALock() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.quarry.internal.read", "dev.quarry.internal.lifecycle")
        .should()
        .dependOnClassesThat()
        .haveNameMatching("java\\.util\\.concurrent\\.locks\\..*Lock")
        .check(HOUSE);
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.quarry.internal.write")
        .should()
        .dependOnClassesThat()
        .haveNameMatching("java\\.util\\.concurrent\\.locks\\.Reentrant.*")
        .check(engine());
  }

  @Test
  void noFileIsTooLong() throws IOException {
    Map<String, Integer> tooLong = new TreeMap<>();
    for (String folder : List.of("src/main/java", "src/test/java")) {
      try (Stream<Path> files = Files.walk(Path.of(folder))) {
        for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
          int lines = Files.readAllLines(file).size();
          if (lines > MAX_LINES) {
            tooLong.put(file.toString(), lines);
          }
        }
      }
    }
    assertThat(tooLong).isEmpty();
  }

  @Test
  void everyExceptionOfTheStoreHasTheOneRoot() {
    List<JavaClass> others =
        facade().stream()
            .filter(c -> c.isAssignableTo(Throwable.class))
            .filter(c -> !c.isAssignableTo(TaskStoreException.class))
            .filter(c -> !c.isAssignableTo(IllegalArgumentException.class))
            .sorted(Comparator.comparing(JavaClass::getName))
            .toList();
    assertThat(others).isEmpty();
  }
}
