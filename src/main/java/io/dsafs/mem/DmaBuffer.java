package io.dsafs.mem;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.ToLongFunction;

/**
 * A little-endian direct buffer that process memory is moved through, with its native address
 * looked up once.
 */
public final class DmaBuffer {
  private final ByteBuffer bytes;
  private long nativeAddress;

  public DmaBuffer(int sizeBytes) {
    bytes = ByteBuffer.allocateDirect(sizeBytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The buffer; use absolute gets and puts, or reset position and limit after use. */
  public ByteBuffer bytes() {
    return bytes;
  }

  public int sizeBytes() {
    return bytes.capacity();
  }

  /** The address of the first byte, found by {@code resolver} at the first call. */
  public long nativeAddress(ToLongFunction<ByteBuffer> resolver) {
    if (nativeAddress == 0) {
      nativeAddress = resolver.applyAsLong(bytes);
    }
    return nativeAddress;
  }
}
