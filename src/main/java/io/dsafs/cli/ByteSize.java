package io.dsafs.cli;

import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A size in bytes, written as {@code 4096}, {@code 64K}, {@code 1M} or {@code 2G}. */
record ByteSize(long bytes) {
  /** Reads the written form; K, M and G are powers of 1024. */
  static final class Converter implements ITypeConverter<ByteSize> {
    @Override
    public ByteSize convert(String text) {
      String number = text.toUpperCase(Locale.ROOT);
      int shift = 0;
      if (number.endsWith("K")) {
        shift = 10;
      } else if (number.endsWith("M")) {
        shift = 20;
      } else if (number.endsWith("G")) {
        shift = 30;
      }
      try {
        long value = Long.parseLong(shift == 0 ? number : number.substring(0, number.length() - 1));
        if (value < 1 || value > Long.MAX_VALUE >> shift) {
          throw new TypeConversionException("'" + text + "' is not a size");
        }
        return new ByteSize(value << shift);
      } catch (NumberFormatException e) {
        throw new TypeConversionException("'" + text + "' is not a size, such as 4096, 64K or 1M");
      }
    }
  }
}
