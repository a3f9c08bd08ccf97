package io.dsafs.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.mem.AddressSpace;
import io.dsafs.mem.DmaBuffer;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What is present of this process's own memory. */
class PagingTest {
  private static final int PAGE = 4096;

  /** More than is asked about in one call. */
  private static final int PAGES = 600;

  private static final int PROT_NONE = 0;
  private static final int PROT_READ = 1;
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_SHARED_ANONYMOUS = 0x21;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
  private static final int MADV_DONTNEED = 4;

  /** Public because JNR implements it in a class loader of its own. */
  public interface MemoryMap {
    Pointer mmap(Pointer at, long length, int protection, int flags, int fd, long offset);

    int mprotect(Pointer at, long length, int protection);

    int madvise(Pointer at, long length, int advice);

    int munmap(Pointer at, long length);
  }

  private static final MemoryMap LIBC =
      LibraryLoader.create(MemoryMap.class).failImmediately().load("libc.so.6");

  private final int self = (int) ProcessHandle.current().pid();
  private final AddressSpace memory = new ProcessMemories(Paging.STRICT).of(self);
  private final AddressSpace resident = memory.resident();
  private final DmaBuffer ours = new DmaBuffer(4 * PAGE);
  private Pointer pages = map(MAP_PRIVATE_ANONYMOUS);

  private static Pointer map(int flags) {
    return LIBC.mmap(null, (long) PAGES * PAGE, PROT_READ_WRITE, flags, -1, 0);
  }

  @AfterEach
  void unmap() {
    assertThat(LIBC.munmap(pages, (long) PAGES * PAGE)).isZero();
  }

  private void touch(int page) {
    pages.putByte((long) page * PAGE, (byte) 1);
  }

  private long address(int page) {
    return pages.address() + (long) page * PAGE;
  }

  @Nested
  class A_page_that_was_never_touched {
    @Test
    void faults() {
      assertThat(resident.read(address(0), ours, 0, 8)).isZero();
      assertThat(resident.write(address(0), ours, 0, 8)).isZero();
      assertThat(resident.readableBytes(address(0), 8)).isZero();
      assertThat(resident.writableBytes(address(0), 8)).isZero();
      assertThat(resident.writeFirstByteLast(address(0), ours, 0, 32)).isFalse();
    }

    @Test
    void is_still_not_present_after_it_has_faulted() {
      assertThat(resident.write(address(0), ours, 0, 8)).isZero();
      assertThat(resident.read(address(0), ours, 0, 8)).isZero();
    }

    @Test
    void is_brought_in_where_the_device_may_ask() {
      assertThat(memory.write(address(0), ours, 0, 8)).isEqualTo(8);
      assertThat(resident.write(address(0), ours, 0, 8)).isEqualTo(8);
    }

    @Test
    void faults_not_if_paging_is_lenient() {
      AddressSpace lenient = new ProcessMemories(Paging.LENIENT).of(self);

      assertThat(lenient.resident().read(address(0), ours, 0, 8)).isEqualTo(8);
      assertThat(lenient.resident().write(address(1), ours, 0, 8)).isEqualTo(8);
    }

    @Test
    void ends_an_access_at_its_edge() {
      touch(0);
      touch(1);

      assertThat(resident.read(address(0) + 100, ours, 0, 3 * PAGE)).isEqualTo(2 * PAGE - 100);
      assertThat(resident.write(address(1) + 4000, ours, 0, PAGE)).isEqualTo(96);
      assertThat(resident.writableBytes(address(0) + 1, 3 * PAGE)).isEqualTo(2 * PAGE - 1);
      assertThat(resident.readableBytes(address(1), 10)).isEqualTo(10);
    }

    @Test
    void is_found_behind_many_that_are_present() {
      for (int page = 0; page < PAGES; page++) {
        touch(page);
      }
      assertThat(resident.readableBytes(address(0), PAGES * PAGE)).isEqualTo(PAGES * PAGE);

      assertThat(LIBC.madvise(pages.slice(550L * PAGE), PAGE, MADV_DONTNEED)).isZero();

      assertThat(resident.readableBytes(address(0), PAGES * PAGE)).isEqualTo(550 * PAGE);
    }
  }

  @Nested
  class A_page_that_was_only_read {
    /** It is the page of zeros, which the first write replaces. */
    @Test
    void is_present_for_reading_and_faults_on_writing() {
      assertThat(pages.getByte(0)).isZero();

      assertThat(resident.read(address(0), ours, 0, 8)).isEqualTo(8);
      assertThat(resident.write(address(0), ours, 0, 8)).isZero();

      touch(0);
      assertThat(resident.write(address(0), ours, 0, 8)).isEqualTo(8);
    }

    @Test
    void is_present_for_both_in_shared_memory() {
      unmap();
      pages = map(MAP_SHARED_ANONYMOUS);
      assertThat(resident.write(address(0), ours, 0, 8)).isZero();

      assertThat(pages.getByte(0)).isZero();

      assertThat(resident.write(address(0), ours, 0, 8)).isEqualTo(8);
    }
  }

  @Test
  void what_is_present_has_the_owner_and_the_life_of_the_whole() {
    assertThat(resident.describe()).isEqualTo(memory.describe()).startsWith("pid " + self + " (");
    assertThat(resident.alive()).isTrue();
    assertThat(resident.resident()).isSameAs(resident);
  }

  @Nested
  class A_page_that_is_present {
    @Test
    void takes_a_record_whole() {
      touch(0);
      ours.bytes().putLong(8, 0x1122_3344_5566_7788L);

      assertThat(resident.writeFirstByteLast(address(0) + 64, ours, 8, 8)).isTrue();
      assertThat(pages.getLong(64)).isEqualTo(0x1122_3344_5566_7788L);
      assertThat(resident.writeFirstByteLast(address(1) - 4, ours, 8, 8)).isFalse();
    }

    @Test
    void keeps_its_protection() {
      touch(0);
      assertThat(LIBC.mprotect(pages, PAGE, PROT_READ)).isZero();
      assertThat(resident.read(address(0), ours, 0, 8)).isEqualTo(8);
      assertThat(resident.write(address(0), ours, 0, 8)).isZero();
      assertThat(resident.writableBytes(address(0), 8)).isZero();

      assertThat(LIBC.mprotect(pages, PAGE, PROT_NONE)).isZero();
      assertThat(resident.read(address(0), ours, 0, 8)).isZero();
    }
  }

  @Nested
  class An_address_beyond_the_address_space {
    @Test
    void faults() {
      for (long address : new long[] {0, 1L << 47, 1L << 62, 1L << 63, -PAGE, -8}) {
        assertThat(resident.read(address, ours, 0, 8)).as("%x", address).isZero();
        assertThat(resident.write(address, ours, 0, 8)).as("%x", address).isZero();
      }
    }
  }
}
