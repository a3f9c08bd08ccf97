package io.dsafs.vfs;

import static io.dsafs.core.KernelVersion.since;
import static io.dsafs.vfs.ErrnoAssert.assertRefused;
import static io.dsafs.vfs.TreeFixture.O_RDONLY;
import static io.dsafs.vfs.TreeFixture.O_RDWR;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.Attribute;
import io.dsafs.core.BinaryAttribute;
import io.dsafs.core.DebugFile;
import io.dsafs.core.Device;
import io.dsafs.core.DeviceNumber;
import io.dsafs.core.DeviceType;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;
import io.dsafs.core.OpenFile;
import io.dsafs.vfs.TreeFixture.NumberedDevice;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What nodes of each kind have in common, and where they end. */
class NodesTest {
  /** DEFAULT_POLLMASK of include/linux/poll.h. */
  private static final int ALWAYS_READY = 0x145;

  private final TreeFixture fixture = new TreeFixture();

  private Device addDevice(Attribute<Device> attribute, BinaryAttribute<Device> binary) {
    Device device =
        new Device("dsa0", null, null, new DeviceType<>(null, List.of(attribute), List.of(binary)));
    fixture.model.addDevice(device);
    return device;
  }

  private static BinaryAttribute<Device> bytes(int size) {
    return new BinaryAttribute<>(
        "config", 0644, d -> size, (d, into, offset) -> 1, (d, from, offset) -> 1);
  }

  private static Attribute<Device> text(String text) {
    return Attribute.readOnly("state", d -> text, since(5, 6));
  }

  @Nested
  class Owners_and_modes {
    private final Node node = new Link("target");

    @Test
    void are_the_mount_s_until_somebody_says_more() {
      assertThat(node.uid()).isEqualTo(-1);
      assertThat(node.gid()).isEqualTo(-1);

      node.setOwner(5, -1);
      assertThat(node.uid()).isEqualTo(5);
      assertThat(node.gid()).isEqualTo(-1);
      node.setOwner(-1, 6);
      assertThat(node.uid()).isEqualTo(5);
      assertThat(node.gid()).isEqualTo(6);
    }

    @Test
    void have_twelve_bits() {
      node.setPermissions(0104640);

      assertThat(node.permissions()).isEqualTo(04640);
    }

    @Test
    void are_seen_and_forgotten() {
      assertThat(node.seen()).isFalse();
      node.markSeen();
      assertThat(node.seen()).isTrue();
      node.forgetSeen();
      assertThat(node.seen()).isFalse();
    }
  }

  @Nested
  class Kinds {
    @ParameterizedTest
    @CsvSource({
      "/, 040000",
      "/dev/kmsg, 0100000",
      "/sys/devices/dsa0/config, 0100000",
      "/sys/devices/dsa0/state, 0100000",
    })
    void are_told_by_their_type(String path, String type) throws ErrnoException {
      addDevice(text("x\n"), bytes(64));

      assertThat(fixture.tree.lookup(path).fileType()).isEqualTo(Integer.parseInt(type, 8));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"/sys", "/dev/kmsg", "/sys/devices/dsa0/config", "/sys/devices/dsa0/state"})
    void are_always_ready_but_for_nodes_of_drivers(String path) throws ErrnoException {
      addDevice(text("x\n"), bytes(64));
      Handle handle = fixture.open(path, O_RDONLY);

      assertThat(handle.poll(1, null)).isEqualTo(ALWAYS_READY);
      assertThat(handle.nonSeekable()).isFalse();
    }

    @Test
    void of_directories_list_their_names_and_others_have_none() throws ErrnoException {
      assertThat(fixture.tree.lookup("/dev").names()).containsExactly("char", "kmsg");
      assertRefused(Errno.ENOTDIR, () -> fixture.tree.lookup("/dev/kmsg").names());
      assertRefused(Errno.EINVAL, () -> fixture.tree.lookup("/dev").linkTarget());
    }

    @Test
    void of_directories_that_take_each_other_s_place_are_counted_once() throws ErrnoException {
      Directory parent = fixture.tree.directory("/sys/x");
      fixture.tree.put(parent, "below", new Directory("/sys/x/below"));
      fixture.tree.put(parent, "below", new Directory("/sys/x/below"));
      assertThat(parent.links()).isEqualTo(3);

      fixture.tree.put(parent, "below", new Link("a"));
      assertThat(parent.links()).isEqualTo(2);
    }
  }

  /** sysfs_kf_seq_show(), kernfs_fop_read_iter(). */
  @Nested
  class Texts {
    @ParameterizedTest
    @CsvSource({"4094, 4094", "4095, 4095", "4096, 4095", "4097, 4095"})
    void leave_the_last_byte_of_a_page_free(int length, int shown) throws ErrnoException {
      addDevice(text("x".repeat(length)), bytes(64));

      assertThat(fixture.read("/sys/devices/dsa0/state")).hasSize(shown);
    }

    @Test
    void end_where_they_end() throws ErrnoException {
      addDevice(text("abc\n"), bytes(64));
      Handle handle = fixture.open("/sys/devices/dsa0/state", O_RDONLY);

      assertThat(TreeFixture.read(handle, 0, 3)).isEqualTo("abc");
      assertThat(TreeFixture.read(handle, 3, 9)).isEqualTo("\n");
      assertThat(TreeFixture.read(handle, 4, 9)).isEmpty();
      assertThat(TreeFixture.read(handle, 1L << 40, 9)).isEmpty();
    }
  }

  /** kernfs_get_active() fails once the node is removed. */
  @Nested
  class Files_of_what_has_gone {
    @Test
    void answer_ENODEV_whether_they_were_open_or_not() throws ErrnoException {
      Device device = addDevice(text("x\n"), bytes(64));
      Handle openText = fixture.open("/sys/devices/dsa0/state", O_RDONLY);
      Handle openBytes = fixture.open("/sys/devices/dsa0/config", O_RDWR);
      Node textNode = fixture.tree.lookup("/sys/devices/dsa0/state");
      Node bytesNode = fixture.tree.lookup("/sys/devices/dsa0/config");

      fixture.model.removeDevice(device);

      ByteBuffer buffer = ByteBuffer.allocate(4);
      assertRefused(Errno.ENODEV, () -> openText.read(buffer, 0));
      assertRefused(Errno.ENODEV, () -> openBytes.read(buffer, 0));
      assertRefused(Errno.ENODEV, () -> openBytes.write(1, buffer, 0));
      assertRefused(Errno.ENODEV, () -> textNode.open(1, O_RDONLY));
      assertRefused(Errno.ENODEV, () -> bytesNode.open(1, O_RDONLY));
    }

    @Test
    void answer_so_at_any_depth() throws ErrnoException {
      fixture.tree.directory("/sys/x/y/z").addText("file", 0444, () -> "x");
      Handle open = fixture.open("/sys/x/y/z/file", O_RDONLY);

      fixture.tree.remove("/sys", "x");

      assertRefused(Errno.ENODEV, () -> open.read(ByteBuffer.allocate(4), 0));
      assertThat(fixture.exists("/sys/x")).isFalse();
    }
  }

  @Nested
  class Nodes_of_drivers {
    @Test
    void hand_everything_on() throws ErrnoException {
      DeviceNumber number = new DeviceNumber(254, 1);
      List<String> calls = new ArrayList<>();
      fixture
          .model
          .charDevices()
          .activate(
              number,
              (tid, flags) ->
                  new OpenFile() {
                    @Override
                    public int read(ByteBuffer into, long offset) {
                      calls.add("read at " + offset);
                      return 3;
                    }

                    @Override
                    public int ioctl(int tid, int command, ByteBuffer data) {
                      calls.add(tid + " ioctl " + command);
                      return 5;
                    }

                    @Override
                    public void sync() {
                      calls.add("sync");
                    }

                    @Override
                    public void release() {}
                  });
      fixture.model.addDevice(new NumberedDevice("wq0.1", null, null, number, null));
      Handle handle = fixture.open("/dev/wq0.1", O_RDWR);

      assertThat(handle.read(ByteBuffer.allocate(4), 9)).isEqualTo(3);
      assertThat(handle.ioctl(7, 17, null)).isEqualTo(5);
      handle.sync();

      assertThat(calls).containsExactly("read at 9", "7 ioctl 17", "sync");
    }

    /** get_device_parent(): a class device without a parent is virtual. */
    @Test
    void of_a_class_without_a_parent_are_virtual() throws ErrnoException {
      fixture.model.addDevice(
          new NumberedDevice("dma0chan0", null, null, new DeviceNumber(254, 2), "dma"));

      assertThat(fixture.exists("/sys/devices/virtual/dma/dma0chan0")).isTrue();
      assertThat(fixture.readlink("/sys/class/dma/dma0chan0"))
          .isEqualTo("../../devices/virtual/dma/dma0chan0");
    }
  }

  @Nested
  class The_log {
    @Test
    void tells_of_its_size() throws ErrnoException {
      List<String> told = new ArrayList<>();
      assertThat(fixture.tree.resizable()).containsExactly("/dev/kmsg");
      fixture.tree.setSizeListener((path, node) -> told.add(path + " " + node.size()));

      fixture.log.print(KernelLog.Level.INFO, "line");

      assertThat(told).containsExactly("/dev/kmsg " + fixture.log.size());
      assertThat(fixture.log.size()).isPositive();
    }

    /** devkmsg_write(). */
    @ParameterizedTest
    @CsvSource({
      "<0>x, 8",
      "<9>x, 9",
      "<0000000006>x, 14",
      "<7>x, 15",
      "<191>x, 191",
      "<16>x, 16",
    })
    void takes_a_priority_of_digits(String line, String priority) throws ErrnoException {
      fixture.write("/dev/kmsg", line);

      assertThat(fixture.read("/dev/kmsg")).isEqualTo(priority + ",0,7,-;x\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"</>x", "<:>x", "<-1>x", "< 1>x", "<1x", "x<1>"})
    void takes_anything_else_as_text(String line) throws ErrnoException {
      fixture.write("/dev/kmsg", line);

      assertThat(fixture.read("/dev/kmsg")).isEqualTo("12,0,7,-;" + line + "\n");
    }

    @Test
    void takes_lines_of_992_bytes() throws ErrnoException {
      assertThat(fixture.write("/dev/kmsg", "x".repeat(992))).isEqualTo(992);
    }

    /** kobject_synth_uevent(), uevent_store(). */
    @Test
    void has_a_line_for_an_event_that_was_none() {
      addDevice(text("x\n"), bytes(64));

      assertRefused(Errno.EINVAL, () -> fixture.write("/sys/devices/dsa0/uevent", "nonsense\n"));

      assertThat(new String(fixture.log.contents(), StandardCharsets.US_ASCII))
          .isEqualTo("3,0,7,-; dsa0: uevent: failed to send synthetic uevent\n");
    }
  }

  @Nested
  class Debugfs {
    @Test
    void shows_files_with_the_directories_on_their_way_while_they_are_there()
        throws ErrnoException {
      DebugFile first = new DebugFile("idxd/dsa0/event_log", 0400, () -> "entries\n");
      DebugFile second = new DebugFile("idxd/dsa1/event_log", 0400, () -> "none\n");
      fixture.model.addDebugFile(first);
      fixture.model.addDebugFile(second);

      assertThat(fixture.read("/sys/kernel/debug/idxd/dsa0/event_log")).isEqualTo("entries\n");
      assertThat(fixture.tree.lookup("/sys/kernel/debug/idxd/dsa0/event_log").permissions())
          .isEqualTo(0400);

      fixture.model.removeDebugFile(first);
      assertThat(fixture.exists("/sys/kernel/debug/idxd/dsa0")).isFalse();
      assertThat(fixture.exists("/sys/kernel/debug/idxd/dsa1/event_log")).isTrue();
      fixture.model.removeDebugFile(second);
      assertThat(fixture.list("/sys/kernel/debug")).isEmpty();
    }
  }
}
