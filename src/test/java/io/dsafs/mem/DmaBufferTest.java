package io.dsafs.mem;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** The buffer that memory is moved through, and what a system without processes answers. */
class DmaBufferTest {
  private final DmaBuffer buffer = new DmaBuffer(100);

  @Test
  void is_direct_and_little_endian() {
    assertThat(buffer.sizeBytes()).isEqualTo(100);
    assertThat(buffer.bytes().isDirect()).isTrue();
    assertThat(buffer.bytes().order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void asks_for_its_address_once() {
    int[] asked = {0};

    for (int i = 0; i < 3; i++) {
      long address =
          buffer.nativeAddress(
              bytes -> {
                assertThat(bytes).isSameAs(buffer.bytes());
                return 4096 + asked[0]++;
              });
      assertThat(address).isEqualTo(4096);
    }

    assertThat(asked[0]).isEqualTo(1);
  }

  @Test
  void tasks_share_no_files_and_may_map_registers_unless_their_system_knows_better() {
    TaskMemory tasks = tid -> null;

    assertThat(tasks.hasRawIo(1)).isTrue();
    assertThat(tasks.share(1, 3, 4096))
        .isEqualTo(new SharedMemory.Refused(SharedMemory.Refusal.NO_FILE));
  }
}
