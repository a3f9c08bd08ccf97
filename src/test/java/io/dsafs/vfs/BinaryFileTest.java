package io.dsafs.vfs;

import static io.dsafs.vfs.ErrnoAssert.assertRefused;
import static io.dsafs.vfs.TreeFixture.O_RDONLY;
import static io.dsafs.vfs.TreeFixture.O_RDWR;
import static io.dsafs.vfs.TreeFixture.O_WRONLY;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.BinaryAttribute;
import io.dsafs.core.Device;
import io.dsafs.core.DeviceType;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Binary files, swq-v1 section 1.1; what is beyond it follows fs/sysfs/file.c. */
class BinaryFileTest {
  private static final String FILE = "/sys/devices/d/config";
  private static final int SIZE = 5000;

  private final TreeFixture fixture = new TreeFixture();
  private final byte[] content = new byte[SIZE];

  private int read(Device device, ByteBuffer buffer, long offset) {
    int count = buffer.remaining();
    buffer.put(content, (int) offset, count);
    return count;
  }

  private int write(Device device, ByteBuffer buffer, long offset) {
    int count = buffer.remaining();
    buffer.get(content, (int) offset, count);
    return count;
  }

  private Device add(
      int mode,
      int size,
      BinaryAttribute.Access<Device> read,
      BinaryAttribute.Access<Device> write) {
    BinaryAttribute<Device> file = new BinaryAttribute<>("config", mode, d -> size, read, write);
    Device device = new Device("d", null, null, new DeviceType<>(null, List.of(), List.of(file)));
    fixture.model.addDevice(device);
    return device;
  }

  @Test
  void has_its_own_size_and_mode() throws ErrnoException {
    add(0600, SIZE, this::read, null);
    assertThat(fixture.tree.lookup(FILE).size()).isEqualTo(SIZE);
    assertThat(fixture.tree.lookup(FILE).permissions()).isEqualTo(0600);
  }

  @Test
  void is_absent_without_a_size() {
    add(0600, 0, this::read, null);
    assertThat(fixture.exists(FILE)).isFalse();
  }

  @Test
  void moves_at_most_a_page_in_a_call() throws ErrnoException {
    add(0600, SIZE, this::read, this::write);
    Handle handle = fixture.open(FILE, O_RDWR);

    assertThat(TreeFixture.write(handle, "z".repeat(SIZE), 0)).isEqualTo(4096);
    assertThat(TreeFixture.read(handle, 0, SIZE)).isEqualTo("z".repeat(4096));
  }

  @Test
  void ends_at_its_size() throws ErrnoException {
    add(0600, SIZE, this::read, this::write);
    Handle handle = fixture.open(FILE, O_RDWR);

    assertThat(TreeFixture.read(handle, SIZE - 3, 99)).hasSize(3);
    assertThat(TreeFixture.read(handle, SIZE, 99)).isEmpty();
    assertThat(TreeFixture.write(handle, "abcdef", SIZE - 3)).isEqualTo(3);
    assertRefused(Errno.EFBIG, () -> TreeFixture.write(handle, "a", SIZE));
  }

  @Test
  void refuses_a_direction_without_a_method_with_EACCES() {
    add(0666, SIZE, this::read, null);
    assertRefused(Errno.EACCES, () -> fixture.open(FILE, O_WRONLY));
  }

  @Test
  void answers_ENODEV_after_the_device_has_gone() throws ErrnoException {
    Device device = add(0600, SIZE, this::read, null);
    Handle handle = fixture.open(FILE, O_RDONLY);

    fixture.model.removeDevice(device);

    assertRefused(Errno.ENODEV, () -> TreeFixture.read(handle, 0, 4));
  }
}
