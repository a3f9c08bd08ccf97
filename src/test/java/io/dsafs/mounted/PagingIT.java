package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Pages of a live program that are not present: hardware reference sections 7.1 and 7.2. wq0.0 is
 * shared, wq0.1 dedicated; both may block on faults. A move of four pages meets an odd third one.
 */
@ParameterizedClass(name = "{0}")
@EnumSource
class PagingIT {
  private static Mounted tree;

  @Parameter private Abi abi;

  @BeforeParameterizedClassInvocation
  static void mount(Abi abi) {
    tree = abi.mount().withProgram("PAGES", "pages.c");
    tree.ok("tools/dsa-setup $M --block-on-fault --wq user:shared:16:8 --wq user:dedicated:16");
  }

  @AfterParameterizedClassInvocation
  static void unmount() {
    if (tree != null) {
      tree.close();
    }
  }

  private static String outcome(String queueAndWay, String pages) {
    return tree.ok("$PAGES $M/dev/dsa/" + queueAndWay + " " + pages);
  }

  @Nested
  class Without_block_on_fault {
    @ParameterizedTest
    @CsvSource({
      "none, 0x01 0 moved",
      "source, 0x03 8192 source+8192",
      "file, 0x03 0 source+0",
      "destination, 0x83 8192 destination+8192",
      "zeros, 0x83 8192 destination+8192",
      "forked, 0x83 8192 destination+8192",
      "read-only, 0x83 8192 destination+8192",
      "no-access, 0x03 8192 source+8192",
      "unmapped-source, 0x03 8192 source+8192",
      "unmapped-destination, 0x83 8192 destination+8192",
    })
    void work_ends_partially_at_the_page(String pages, String expected) {
      for (String way : new String[] {"wq0.0 enqcmd", "wq0.0 write", "wq0.1 movdir64b"}) {
        assertThat(outcome(way, pages)).as(way).isEqualTo(expected);
      }
    }

    @ParameterizedTest
    @CsvSource({"wq0.0 enqcmd", "wq0.0 write", "wq0.1 movdir64b", "wq0.1 write"})
    void touching_and_submitting_the_rest_ends_with_the_right_data(String way) {
      assertThat(outcome(way, "resume")).matches("0x01 0 after [1-4] reads and 4 writes moved");
    }
  }

  @Nested
  class With_block_on_fault {
    @ParameterizedTest
    @CsvSource({"source", "file", "destination", "zeros", "forked"})
    void the_device_waits_for_a_page_that_can_be_had(String pages) {
      for (String way : new String[] {"wq0.0 enqcmd", "wq0.0 write", "wq0.1 movdir64b"}) {
        assertThat(outcome(way, "block " + pages)).as(way).isEqualTo("0x01 0 moved");
      }
    }

    @ParameterizedTest
    @CsvSource({
      "read-only, 0x84 8192 destination+8192",
      "no-access, 0x04 8192 source+8192",
      "unmapped-source, 0x04 8192 source+8192",
      "unmapped-destination, 0x84 8192 destination+8192",
    })
    void work_ends_partially_at_one_that_cannot(String pages, String expected) {
      assertThat(outcome("wq0.0 enqcmd", "block " + pages)).isEqualTo(expected);
    }
  }

  @Nested
  class A_record_or_a_list {
    /** Whatever the flag says: hardware reference section 7.1. */
    @ParameterizedTest
    @CsvSource({"record, 0x01 0 moved", "list, 0x01 2"})
    void is_always_waited_for(String pages, String expected) {
      assertThat(outcome("wq0.0 enqcmd", pages)).isEqualTo(expected);
      assertThat(outcome("wq0.1 movdir64b", pages)).isEqualTo(expected);
    }
  }

  @Nested
  class Lenient_paging {
    @Test
    void brings_pages_in_without_being_asked_to() {
      try (Mounted lenient = abi.mount("--paging lenient").withProgram("PAGES", "pages.c")) {
        lenient.ok("tools/dsa-setup $M --wq user:shared:16:8");

        for (String pages : new String[] {"source", "destination", "zeros", "record"}) {
          assertThat(lenient.ok("$PAGES $M/dev/dsa/wq0.0 write " + pages))
              .isEqualTo("0x01 0 moved");
        }
        assertThat(lenient.ok("$PAGES $M/dev/dsa/wq0.0 write unmapped-source"))
            .isEqualTo("0x03 8192 source+8192");
      }
    }
  }
}
