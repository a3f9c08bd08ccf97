package io.dsafs.cli.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** {@code Documentation/device-guide.md} against the tables that it is made from. */
class DeviceGuideTest {
  private static final String GUIDE = DeviceGuide.text();

  @Test
  void in_the_repository_is_the_one_that_the_tables_make() throws IOException {
    assertThat(Files.readString(Path.of("Documentation/device-guide.md")))
        .as("a table has changed; make the guide anew: tools/device-guide")
        .isEqualTo(GUIDE);
  }

  @Test
  void has_registers_with_every_field() {
    assertThat(GUIDE)
        .contains("| 0x10 | GENCAP | 64 |", "### GENCAP, 0x10", "| 20:16 | `max_xfer_shift` | RO |")
        .contains("| 31 | `active` | RO |");
  }

  /** Hardware reference sections 4.3 and 4.4. */
  @Test
  void says_of_operations_what_their_rules_say() {
    assertThat(row("0x02 DRAIN")).contains("ADDR1_TCS (with bit 16)", "RCR or RCI");
    assertThat(row("0x11 COPY_CRC"))
        .contains("bit 19 (crc64)", "CRAV and RCR", "40-47 with bit 16", "48-55 without bit 16");
    assertThat(row("0x12 DIF_CHECK")).contains("0xf0 of 42");
  }

  /** Hardware reference chapter 8. */
  @Test
  void says_of_sizes_and_places_what_the_checks_say() {
    assertThat(checkRow("0x07 CR_DELTA"))
        .contains("8 to 524288, a multiple of 8")
        .contains("max_delta_size from 80 (DR_ERANGE)")
        .contains("dst_addr and delta_addr");
    assertThat(checkRow("0x03 MEMMOVE")).contains("src_addr and dst_addr, without overlap_copy");
    assertThat(checkRow("0x09 DUALCAST")).contains("equal modulo 4096 (DCAST_ERR)");
    assertThat(checkRow("0x10 CRCGEN"))
        .contains("seed_addr a multiple of 8 (ADDR_ALIGN) with bit 16 and bit 19");
    assertThat(checkRow("0x12 DIF_CHECK")).contains("a multiple of 520");
  }

  private static String row(String operation) {
    return rowAfter("## Operations", operation);
  }

  private static String checkRow(String operation) {
    return rowAfter("### Sizes, alignment, overlap", operation);
  }

  private static String rowAfter(String heading, String operation) {
    return GUIDE
        .lines()
        .dropWhile(line -> !line.equals(heading))
        .filter(line -> line.startsWith("| " + operation))
        .findFirst()
        .orElseThrow();
  }
}
