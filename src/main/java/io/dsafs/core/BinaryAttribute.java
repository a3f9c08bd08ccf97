package io.dsafs.core;

import java.nio.ByteBuffer;
import java.util.function.ToLongFunction;

/**
 * One binary file of an object, such as PCI {@code config} or {@code resource0}.
 *
 * @param name the file's name
 * @param mode permission bits
 * @param size the file's size in bytes
 * @param read fills the buffer from the offset and returns the count; null where not readable
 * @param write takes the buffer at the offset and returns the count; null where not writable
 */
public record BinaryAttribute<T>(
    String name, int mode, ToLongFunction<? super T> size, Access<T> read, Access<T> write) {

  /** Moves bytes between the buffer's remaining range and the file at an offset. */
  @FunctionalInterface
  public interface Access<T> {
    int transfer(T object, ByteBuffer buffer, long offset) throws ErrnoException;
  }
}
