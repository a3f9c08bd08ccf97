package io.dsafs.host;

import static io.dsafs.host.LibC.LIBC;

import java.nio.charset.StandardCharsets;
import jnr.ffi.LastError;

/**
 * The mappings of one address space, asked by address: its open {@code /proc/PID/maps}, which stays
 * tied to the address space that it was opened on.
 *
 * <p>Linux 6.11 answers a question about one address (PROCMAP_QUERY); older kernels print all
 * mappings, which is some 15 microseconds slower for a small program. Source:
 * Documentation/filesystems/proc.rst, include/uapi/linux/fs.h (struct procmap_query).
 */
final class Mappings {
  /** _IOWR('f', 17, struct procmap_query). */
  private static final long PROCMAP_QUERY = 0xC0686611L;

  private static final int QUERY_BYTES = 104;
  private static final int ADDRESS_AT = 16;
  private static final int START_AT = 24;
  private static final int END_AT = 32;
  private static final int FLAGS_AT = 40;
  private static final int INODE_AT = 64;
  private static final int MAJOR_AT = 72;
  private static final int MINOR_AT = 76;
  private static final int STRINGS_AT = 80;

  private static final int TEXT_BYTES = 64 * 1024;

  private static volatile boolean kernelAnswers = true;

  private static final ThreadLocal<Room> CURRENT = ThreadLocal.withInitial(Room::new);

  /** One thread's room for a question and its answer. */
  private static final class Room {
    private final NativeBuffer query = new NativeBuffer(QUERY_BYTES);
    private final Mapping mapping = new Mapping();
    private NativeBuffer text;

    NativeBuffer text() {
      if (text == null) {
        text = new NativeBuffer(TEXT_BYTES);
      }
      return text;
    }
  }

  private final int fd;
  private final boolean asText;

  /**
   * @param fd closed by whoever opened it
   */
  Mappings(int fd) {
    this(fd, false);
  }

  /**
   * @param asText whether to read all mappings even if the kernel answers questions
   */
  Mappings(int fd, boolean asText) {
    this.fd = fd;
    this.asText = asText;
  }

  /**
   * The mapping that an address lies in, or null if it lies in none or the address space has gone.
   * The answer is the calling thread's, and good until it asks again.
   */
  Mapping at(long address) {
    if (address < 0) {
      return null;
    }
    Room room = CURRENT.get();
    return kernelAnswers && !asText ? ask(room, address) : search(room, address);
  }

  private Mapping ask(Room room, long address) {
    var query = room.query.bytes();
    query.putLong(0, QUERY_BYTES).putLong(8, 0).putLong(ADDRESS_AT, address);
    query.putLong(STRINGS_AT, 0).putLong(STRINGS_AT + 8, 0).putLong(STRINGS_AT + 16, 0);
    if (LIBC.ioctl(fd, PROCMAP_QUERY, room.query.pointer()) < 0) {
      int error = LastError.getLastError(LibC.RUNTIME);
      if (error != LibC.ENOTTY && error != LibC.EINVAL) {
        return null;
      }
      kernelAnswers = false;
      return search(room, address);
    }
    Mapping mapping = room.mapping;
    mapping.start = query.getLong(START_AT);
    mapping.end = query.getLong(END_AT);
    mapping.access = (int) query.getLong(FLAGS_AT);
    mapping.ofFile = query.getLong(INODE_AT) != 0;
    mapping.major = query.getInt(MAJOR_AT);
    mapping.minor = query.getInt(MINOR_AT);
    return mapping;
  }

  // Lines of text: "7f0000000000-7f0000001000 rw-p 00000000 fd:01 1234   /a/path".

  private Mapping search(Room room, long address) {
    NativeBuffer text = room.text();
    long offset = 0;
    while (true) {
      int length = (int) LIBC.pread(fd, text.pointer(), TEXT_BYTES, offset);
      if (length <= 0) {
        return null;
      }
      int line = 0;
      for (int end = endOfLine(text, 0, length); end >= 0; end = endOfLine(text, line, length)) {
        Mapping mapping = parse(text, line, end, room.mapping);
        if (Long.compareUnsigned(mapping.start, address) > 0) {
          return null;
        }
        if (Long.compareUnsigned(address, mapping.end) < 0) {
          return mapping;
        }
        line = end + 1;
      }
      if (line == 0) {
        return null; // no path is that long
      }
      offset += line;
    }
  }

  private static int endOfLine(NativeBuffer text, int from, int length) {
    for (int at = from; at < length; at++) {
      if (text.bytes().get(at) == '\n') {
        return at;
      }
    }
    return -1;
  }

  private static Mapping parse(NativeBuffer text, int from, int to, Mapping into) {
    byte[] bytes = new byte[Math.min(to - from, 100)]; // the path does not matter
    text.bytes().get(from, bytes);
    String[] words = new String(bytes, StandardCharsets.ISO_8859_1).split(" +", 6);
    int dash = words[0].indexOf('-');
    into.start = Long.parseUnsignedLong(words[0], 0, dash, 16);
    into.end = Long.parseUnsignedLong(words[0], dash + 1, words[0].length(), 16);
    into.access =
        (words[1].charAt(0) == 'r' ? Mapping.READABLE : 0)
            | (words[1].charAt(1) == 'w' ? Mapping.WRITABLE : 0);
    int colon = words[3].indexOf(':');
    into.major = Integer.parseInt(words[3], 0, colon, 16);
    into.minor = Integer.parseInt(words[3], colon + 1, words[3].length(), 16);
    into.ofFile = !words[4].strip().equals("0");
    return into;
  }
}
