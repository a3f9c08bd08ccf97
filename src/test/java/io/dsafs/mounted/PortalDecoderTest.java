package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** The instruction decoder of the portal shim, which needs no mount: hardware reference 3.3. */
class PortalDecoderTest {
  @Test
  void knows_every_encoding_of_the_table() {
    String program = Programs.compiled("portal_decode.c").toString();

    Shell.Result result = Shell.run(Map.of("DECODE", program), "$DECODE");

    assertThat(result.exit()).as(result.output()).isZero();
    assertThat(result.text()).matches("\\d+ examples");
  }
}
