package io.dsafs;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The layers of Documentation/architecture.md. */
@AnalyzeClasses(packages = "io.dsafs", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule layers =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("spec")
          .definedBy("io.dsafs.spec..")
          .layer("mem")
          .definedBy("io.dsafs.mem..")
          .layer("hw")
          .definedBy("io.dsafs.hw..")
          .layer("core")
          .definedBy("io.dsafs.core..")
          .layer("pci")
          .definedBy("io.dsafs.pci..")
          .layer("idxd")
          .definedBy("io.dsafs.idxd..")
          .layer("dmatest")
          .definedBy("io.dsafs.dmatest..")
          .layer("vfs")
          .definedBy("io.dsafs.vfs..")
          .layer("fuse")
          .definedBy("io.dsafs.fuse..")
          .layer("host")
          .definedBy("io.dsafs.host..")
          .layer("cli")
          .definedBy("io.dsafs.cli..")
          .whereLayer("spec")
          .mayNotAccessAnyLayer()
          .whereLayer("mem")
          .mayNotAccessAnyLayer()
          .whereLayer("core")
          .mayNotAccessAnyLayer()
          .whereLayer("hw")
          .mayOnlyAccessLayers("spec", "mem")
          .whereLayer("pci")
          .mayOnlyAccessLayers("core", "hw")
          .whereLayer("idxd")
          .mayOnlyAccessLayers("spec", "mem", "core", "pci")
          .whereLayer("dmatest")
          .mayOnlyAccessLayers("mem", "core", "idxd")
          .whereLayer("vfs")
          .mayOnlyAccessLayers("core")
          .whereLayer("fuse")
          .mayOnlyAccessLayers("vfs", "core")
          .whereLayer("host")
          .mayOnlyAccessLayers("mem")
          .whereLayer("cli")
          .mayNotBeAccessedByAnyLayer();

  /** The bus sees a function as a bus does, not what is behind it. */
  @ArchTest
  static final ArchRule pci_sees_only_the_endpoint =
      noClasses()
          .that()
          .resideInAPackage("io.dsafs.pci..")
          .should()
          .dependOnClassesThat(
              resideInAPackage("io.dsafs.hw..")
                  .and(DescribedPredicate.not(nameStartingWith("Endpoint"))));

  private static DescribedPredicate<JavaClass> nameStartingWith(String prefix) {
    return DescribedPredicate.describe(
        "name starts with " + prefix,
        javaClass -> javaClass.getName().substring("io.dsafs.hw.".length()).startsWith(prefix));
  }

  @ArchTest
  static final ArchRule no_cycles = slices().matching("io.dsafs.(*)..").should().beFreeOfCycles();

  /** A version of the driver is made of what all share, and of nothing of another version. */
  @ArchTest
  static final ArchRule what_versions_share_knows_none =
      noClasses()
          .that()
          .resideInAPackage("io.dsafs.idxd")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.dsafs.idxd.swq..", "io.dsafs.idxd.mainline..");

  @ArchTest
  static final ArchRule versions_know_no_other =
      slices().matching("io.dsafs.idxd.(*)..").should().notDependOnEachOther();

  /** The process memory calls of {@code host} are native too. */
  @ArchTest
  static final ArchRule jnr_only_in_fuse_and_host =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.dsafs.fuse..", "io.dsafs.host..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("jnr..", "ru.serce..");

  @ArchTest
  static final ArchRule picocli_only_in_cli =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.dsafs.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("picocli..");

  @ArchTest
  static final ArchRule json_only_in_cli =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.dsafs.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.fasterxml..");

  /** One place turns a refusal into a number. */
  @ArchTest
  static final ArchRule errnos_do_not_reach_the_hardware =
      classes()
          .that(simpleName("Errno"))
          .should()
          .onlyHaveDependentClassesThat()
          .resideOutsideOfPackages("io.dsafs.hw..", "io.dsafs.spec..", "io.dsafs.mem..");

  @ArchTest
  static void every_package_has_a_sign_on_its_door(JavaClasses imported) {
    for (JavaPackage javaPackage : imported.getPackage("io.dsafs").getSubpackages()) {
      String path = javaPackage.getName().replace('.', '/') + "/package-info.java";
      assertThat(java.nio.file.Path.of("src/main/java", path)).exists();
    }
  }
}
