package io.dsafs.host;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jnr.ffi.Pointer;

/** Little-endian memory of this process with a known address. */
public final class NativeBuffer {
  private final ByteBuffer bytes;
  private final Pointer pointer;

  /** Zeroed memory that starts at a multiple of 64 bytes. */
  public NativeBuffer(int sizeBytes) {
    bytes =
        ByteBuffer.allocateDirect(sizeBytes + 63)
            .alignedSlice(64)
            .limit(sizeBytes)
            .slice()
            .order(ByteOrder.LITTLE_ENDIAN);
    pointer = Pointer.wrap(LibC.RUNTIME, bytes);
  }

  public ByteBuffer bytes() {
    return bytes;
  }

  public long address() {
    return pointer.address();
  }

  Pointer pointer() {
    return pointer;
  }
}
