package io.dsafs.core;

import static io.dsafs.core.ErrnoAssert.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Numbers that are given out: identifiers, majors, and what answers a device number. */
class NumbersTest {
  /** ida_alloc_range(). */
  @Nested
  class Identifiers {
    private final IdAllocator ids = new IdAllocator(5, 3);

    @Test
    void are_the_lowest_that_are_free() {
      assertThat(ids.allocate()).isEqualTo(5);
      assertThat(ids.allocate()).isEqualTo(6);
      assertThat(ids.allocate()).isEqualTo(7);

      ids.release(6);
      ids.release(5);

      assertThat(ids.allocate()).isEqualTo(5);
      assertThat(ids.allocate()).isEqualTo(6);
    }

    @Test
    void end() {
      for (int i = 0; i < 3; i++) {
        ids.allocate();
      }

      assertThat(ids.allocate()).isEqualTo(-1);
    }
  }

  /** fs/char_dev.c. */
  @Nested
  class CharDeviceNumbers {
    private final CharDevices charDevices = new CharDevices();
    private final DeviceNumber number = new DeviceNumber(254, 1);

    @Test
    void have_majors_from_254_down_to_235() throws ErrnoException {
      Set<Integer> majors = new HashSet<>();
      assertThat(charDevices.allocateRegion("dsa")).isEqualTo(254);
      assertThat(charDevices.allocateRegion("iax")).isEqualTo(253);
      for (int left = 18; left > 0; left--) {
        majors.add(charDevices.allocateRegion("x"));
      }

      assertThat(majors).hasSize(18).contains(235).doesNotContain(234);
      assertRefused(Errno.EBUSY, () -> charDevices.allocateRegion("one too many"));

      charDevices.releaseRegion(240);
      assertThat(charDevices.allocateRegion("again")).isEqualTo(240);
    }

    @Test
    void answer_while_they_are_active() throws ErrnoException {
      CharDevice device = (tid, flags) -> null;
      assertRefused(Errno.ENXIO, () -> charDevices.lookup(number));

      charDevices.activate(number, device);
      assertThat(charDevices.lookup(number)).isSameAs(device);
      assertThat(charDevices.lookup(new DeviceNumber(254, 1))).isSameAs(device);
      assertRefused(Errno.ENXIO, () -> charDevices.lookup(new DeviceNumber(254, 2)));

      charDevices.deactivate(number);
      assertRefused(Errno.ENXIO, () -> charDevices.lookup(number));
    }

    @Test
    void are_taken_once() throws ErrnoException {
      charDevices.activate(number, (tid, flags) -> null);

      assertRefused(Errno.EBUSY, () -> charDevices.activate(number, (tid, flags) -> null));
    }

    @Test
    void are_shown_as_sys_dev_char_names_them() {
      assertThat(number).hasToString("254:1");
    }
  }

  /** What the kernel answers for an operation that a driver lacks. Source: fs/read_write.c. */
  @Test
  void an_open_file_refuses_what_its_driver_lacks() {
    OpenFile file = () -> {};
    ByteBuffer buffer = ByteBuffer.allocate(8);

    assertRefused(Errno.EINVAL, () -> file.read(buffer, 0));
    assertRefused(Errno.EINVAL, () -> file.write(1, buffer));
    assertRefused(Errno.ENOTTY, () -> file.ioctl(1, 0, buffer));
    assertRefused(Errno.EINVAL, file::sync);
    // POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM of poll.h
    assertThat(file.poll(1, null)).isEqualTo(0x001 | 0x004 | 0x040 | 0x100);
  }

  /** include/uapi/asm-generic/errno-base.h and errno.h. */
  @ParameterizedTest
  @CsvSource({
    "EPERM, 1",
    "EIO, 5",
    "ENXIO, 6",
    "EBUSY, 16",
    "ENODEV, 19",
    "EINVAL, 22",
    "ENOTTY, 25",
    "EOVERFLOW, 75",
    "EOPNOTSUPP, 95",
    "ETIMEDOUT, 110",
    "ENOTSUPP, 524",
  })
  void an_error_has_the_number_and_the_name_of_linux(Errno errno, int number) {
    assertThat(errno.number()).isEqualTo(number);
    assertThat(new ErrnoException(errno)).hasMessage(errno.name());
    assertThat(new ErrnoException(errno).errno()).isEqualTo(errno);
  }
}
