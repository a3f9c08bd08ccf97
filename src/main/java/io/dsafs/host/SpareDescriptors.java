package io.dsafs.host;

import static io.dsafs.host.LibC.LIBC;

import java.util.Arrays;

/** File descriptors that are kept for the end, when clients may have used up all others. */
public final class SpareDescriptors implements AutoCloseable {
  /** Enough for a look at a table and for the pipes of a program that is started. */
  private static final int COUNT = 16;

  private final int[] descriptors = new int[COUNT];

  /** Takes them, or as many of them as there are. */
  public SpareDescriptors() {
    Arrays.setAll(descriptors, i -> LIBC.open("/dev/null", LibC.O_RDONLY | LibC.O_CLOEXEC));
  }

  /** Lets them go; called once. */
  @Override
  public void close() {
    for (int descriptor : descriptors) {
      if (descriptor >= 0) {
        LIBC.close(descriptor);
      }
    }
  }
}
