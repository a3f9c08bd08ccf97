package io.dsafs.vfs;

import static io.dsafs.core.KernelVersion.since;
import static io.dsafs.vfs.ErrnoAssert.assertRefused;
import static io.dsafs.vfs.TreeFixture.O_RDONLY;
import static io.dsafs.vfs.TreeFixture.O_RDWR;
import static io.dsafs.vfs.TreeFixture.O_WRONLY;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.Attribute;
import io.dsafs.core.Device;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The general file rules of swq-v1 section 1.1. */
class AttributeFileTest {
  private static final String FILE = "/sys/devices/d/size";

  private final TreeFixture fixture = new TreeFixture();
  private final List<String> stored = new ArrayList<>();
  private String text = "16\n";

  private Device add(Attribute<Device> attribute) {
    return fixture.addDevice("d", null, null, attribute);
  }

  private Device addReadWrite() {
    return add(
        Attribute.attr("size", 0644, d -> text, (d, written) -> stored.add(written), since(5, 6)));
  }

  @Test
  void is_a_regular_file_of_one_page_with_one_link() throws ErrnoException {
    addReadWrite();

    Node node = fixture.tree.lookup(FILE);

    assertThat(node.fileType()).isEqualTo(Node.S_IFREG);
    assertThat(node.permissions()).isEqualTo(0644);
    assertThat(node.size()).isEqualTo(4096);
    assertThat(node.links()).isEqualTo(1);
  }

  @Test
  void answers_an_unknown_ioctl_with_ENOTTY() throws ErrnoException {
    addReadWrite();
    Handle handle = fixture.open(FILE, O_RDONLY);
    assertRefused(Errno.ENOTTY, () -> handle.ioctl(1, 0x5401, null));
  }

  @Test
  void is_always_ready_to_a_poll() throws ErrnoException {
    addReadWrite();
    assertThat(fixture.open(FILE, O_RDONLY).poll(0, null)).isEqualTo(0x145);
  }

  @Test
  void is_absent_where_the_object_does_not_have_it() {
    add(Attribute.readOnly("size", (Device d) -> text, since(5, 6)).visibleWhen(d -> false));
    assertThat(fixture.exists(FILE)).isFalse();
  }

  @Nested
  class Opened {
    @Test
    void a_read_only_file_for_writing_is_EACCES() {
      add(Attribute.readOnly("size", d -> text, since(5, 6)));
      assertRefused(Errno.EACCES, () -> fixture.open(FILE, O_WRONLY));
      assertRefused(Errno.EACCES, () -> fixture.open(FILE, O_RDWR));
    }

    @Test
    void a_write_only_file_for_reading_is_EACCES() {
      add(Attribute.writeOnly("size", (d, written) -> {}, since(5, 6)));
      assertRefused(Errno.EACCES, () -> fixture.open(FILE, O_RDONLY));
      assertRefused(Errno.EACCES, () -> fixture.open(FILE, O_RDWR));
    }

    @Test
    void after_chmod_added_a_write_bit_a_write_is_EIO() throws ErrnoException {
      add(Attribute.readOnly("size", d -> text, since(5, 6)));
      fixture.tree.lookup(FILE).setPermissions(0644);

      Handle handle = fixture.open(FILE, O_RDWR);

      assertRefused(Errno.EIO, () -> TreeFixture.write(handle, "1", 0));
      assertThat(TreeFixture.read(handle, 0, 99)).isEqualTo("16\n");
    }

    @Test
    void after_chmod_added_a_read_bit_a_read_is_EIO() throws ErrnoException {
      add(Attribute.writeOnly("size", (d, written) -> {}, since(5, 6)));
      fixture.tree.lookup(FILE).setPermissions(0600);

      Handle handle = fixture.open(FILE, O_RDONLY);

      assertRefused(Errno.EIO, () -> TreeFixture.read(handle, 0, 99));
    }
  }

  @Nested
  class Read {
    @Test
    void continues_in_the_text_of_the_first_read() throws ErrnoException {
      addReadWrite();
      Handle handle = fixture.open(FILE, O_RDONLY);

      assertThat(TreeFixture.read(handle, 0, 1)).isEqualTo("1");
      text = "99\n";

      assertThat(TreeFixture.read(handle, 1, 99)).isEqualTo("6\n");
      assertThat(TreeFixture.read(handle, 3, 99)).isEmpty();
      assertThat(TreeFixture.read(handle, 5000, 99)).isEmpty();
    }

    @Test
    void at_offset_0_makes_the_text_anew() throws ErrnoException {
      addReadWrite();
      Handle handle = fixture.open(FILE, O_RDONLY);

      assertThat(TreeFixture.read(handle, 0, 99)).isEqualTo("16\n");
      text = "99\n";

      assertThat(TreeFixture.read(handle, 0, 99)).isEqualTo("99\n");
    }

    /** traverse() in fs/seq_file.c. */
    @Test
    void in_a_text_that_has_been_read_to_its_end_makes_it_anew() throws ErrnoException {
      addReadWrite();
      Handle handle = fixture.open(FILE, O_RDONLY);

      assertThat(TreeFixture.read(handle, 0, 3)).isEqualTo("16\n");
      text = "99\n";

      assertThat(TreeFixture.read(handle, 3, 99)).isEmpty();
      assertThat(TreeFixture.read(handle, 1, 99)).isEqualTo("9\n");
    }

    @Test
    void keeps_a_text_only_while_it_has_been_read_in_part() throws ErrnoException {
      addReadWrite();
      Handle handle = fixture.open(FILE, O_RDONLY);
      List<Long> kept = new ArrayList<>();
      handle.chargeTo(kept::add);

      TreeFixture.read(handle, 0, 1);
      TreeFixture.read(handle, 1, 1);
      TreeFixture.read(handle, 2, 1);

      assertThat(kept).containsExactly(3L, 0L);
    }

    @Test
    void in_part_is_ENOMEM_when_the_opener_has_too_much_kept() throws ErrnoException {
      addReadWrite();
      Handle handle = fixture.open(FILE, O_RDONLY);
      handle.chargeTo(bytes -> bytes == 0);

      assertRefused(Errno.ENOMEM, () -> TreeFixture.read(handle, 0, 1));
      assertThat(TreeFixture.read(handle, 0, 99)).isEqualTo("16\n");
    }

    @Test
    void that_is_the_first_makes_the_text_at_any_offset() throws ErrnoException {
      addReadWrite();
      Handle handle = fixture.open(FILE, O_RDONLY);
      assertThat(TreeFixture.read(handle, 1, 99)).isEqualTo("6\n");
    }

    @Test
    void gives_at_most_a_page_less_one_byte() throws ErrnoException {
      addReadWrite();
      text = "x".repeat(5000);
      assertThat(fixture.read(FILE)).hasSize(4095);
    }

    @Test
    void passes_on_the_refusal_of_show() throws ErrnoException {
      add(
          Attribute.readOnly(
              "size",
              d -> {
                throw new ErrnoException(Errno.EOPNOTSUPP);
              },
              since(5, 6)));
      assertRefused(Errno.EOPNOTSUPP, () -> fixture.read(FILE));
    }

    @Test
    void after_the_device_has_gone_is_ENODEV() throws ErrnoException {
      Device device = addReadWrite();
      Handle handle = fixture.open(FILE, O_RDWR);

      fixture.model.removeDevice(device);

      assertRefused(Errno.ENODEV, () -> TreeFixture.read(handle, 0, 99));
      assertRefused(Errno.ENODEV, () -> TreeFixture.write(handle, "1", 0));
      assertThat(stored).isEmpty();
    }
  }

  @Nested
  class Written {
    @Test
    void is_one_store_at_any_offset() throws ErrnoException {
      addReadWrite();
      Handle handle = fixture.open(FILE, O_WRONLY);

      assertThat(TreeFixture.write(handle, "5\n", 0)).isEqualTo(2);
      assertThat(TreeFixture.write(handle, "6", 777)).isEqualTo(1);

      assertThat(stored).containsExactly("5\n", "6");
    }

    @Test
    void is_cut_at_its_first_NUL_and_counts_in_full() throws ErrnoException {
      addReadWrite();
      assertThat(fixture.write(FILE, "5\0rubbish")).isEqualTo(9);
      assertThat(stored).containsExactly("5");
    }

    @Test
    void keeps_each_byte_as_one_character() throws ErrnoException {
      addReadWrite();
      fixture.write(FILE, "\u00e9\u00ff");
      assertThat(stored).containsExactly("\u00e9\u00ff");
    }

    @Test
    void is_taken_up_to_a_page() throws ErrnoException {
      addReadWrite();
      assertThat(fixture.write(FILE, "y".repeat(5000))).isEqualTo(4096);
      assertThat(stored).containsExactly("y".repeat(4096));
    }

    @Test
    void with_nothing_stores_nothing() throws ErrnoException {
      addReadWrite();
      assertThat(fixture.write(FILE, "")).isZero();
      assertThat(stored).isEmpty();
    }

    @Test
    void passes_on_the_refusal_of_store() {
      add(
          Attribute.writeOnly(
              "size",
              (d, written) -> {
                throw new ErrnoException(Errno.EPERM);
              },
              since(5, 6)));
      assertRefused(Errno.EPERM, () -> fixture.write(FILE, "1"));
    }
  }
}
