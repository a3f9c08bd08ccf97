package io.dsafs.host;

import static io.dsafs.host.LibC.LIBC;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jnr.ffi.Pointer;

/**
 * Which pages of a process image are present: its open {@code /proc/PID/pagemap}, which stays tied
 * to the address space that it was opened on.
 *
 * <p>A page can be written without a fault if it is the process's own. One that is anonymous and
 * not its own is the page of zeros, or one that a fork left to be copied. Pages of private file
 * mappings count as writable even before they are copied: the kernel does not tell them apart from
 * those of shared ones. Source: Documentation/admin-guide/mm/pagemap.rst.
 */
final class PageMap {
  static final int PAGE_BYTES = 4096;

  private static final int PAGE_SHIFT = 12;

  /** Of a page that is mapped by this process only. */
  private static final long EXCLUSIVE = 1L << 56;

  /** Of a page of a file, or of memory that is shared by intention. */
  private static final long FILE = 1L << 61;

  private static final int AT_ONCE = 512;

  private static final ThreadLocal<Entries> CURRENT = ThreadLocal.withInitial(Entries::new);

  /** One thread's room for a part of the map: a 64-bit entry for each page. */
  private static final class Entries {
    private final ByteBuffer bytes =
        ByteBuffer.allocateDirect(AT_ONCE * Long.BYTES).order(ByteOrder.nativeOrder());
    private final Pointer pointer = Pointer.wrap(LibC.RUNTIME, bytes);
  }

  private final int fd;

  /**
   * @param fd closed by whoever opened it
   */
  PageMap(int fd) {
    this.fd = fd;
  }

  /**
   * How many leading bytes of a range lie in pages that can be accessed without a fault; whether
   * the process may access them at all is another question.
   *
   * @param write whether they shall be written
   */
  int presentBytes(long address, int length, boolean write) {
    Entries entries = CURRENT.get();
    int offset = (int) address & (PAGE_BYTES - 1);
    long first = address >>> PAGE_SHIFT;
    int pages = (offset + length + PAGE_BYTES - 1) >>> PAGE_SHIFT;
    int present = 0;
    while (present < pages) {
      int wanted = Math.min(pages - present, AT_ONCE);
      long at = (first + present) * Long.BYTES;
      // Fewer come where the address space ends, and none once it has gone.
      int known = (int) LIBC.pread(fd, entries.pointer, (long) wanted * Long.BYTES, at) >> 3;
      int leading = leading(entries.bytes, known, write);
      present += leading;
      if (leading < wanted) {
        break;
      }
    }
    return present == pages ? length : Math.max(0, (present << PAGE_SHIFT) - offset);
  }

  private static int leading(ByteBuffer entries, int known, boolean write) {
    for (int page = 0; page < known; page++) {
      long entry = entries.getLong(page * Long.BYTES);
      boolean present = entry < 0; // bit 63
      if (!present || (write && (entry & (EXCLUSIVE | FILE)) == 0)) {
        return page;
      }
    }
    return Math.max(0, known);
  }
}
