package io.dsafs.cli;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsafs.hw.DeviceProfile;
import io.dsafs.spec.DeviceKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Finds a device profile by name, or reads one from a file.
 *
 * <p>A file names only what differs from the profile P (or A, for an IAX). Numbers may be strings
 * with {@code 0x}, as JSON has no hexadecimal.
 */
final class DeviceProfiles {
  private DeviceProfiles() {}

  /**
   * @param given P, N, R, S, A, V2 or the path of a JSON file; P and N are the same hardware
   */
  static DeviceProfile find(String given) throws CommandFailure {
    return find(given, Path.of(""));
  }

  /** As {@link #find(String)}; a relative path starts at {@code base}. */
  static DeviceProfile find(String given, Path base) throws CommandFailure {
    return switch (given.toUpperCase(Locale.ROOT)) {
      case "P", "N" -> DeviceProfile.standard();
      case "R" -> DeviceProfile.readOnly();
      case "S" -> DeviceProfile.sapphireRapidsDsa();
      case "A" -> DeviceProfile.sapphireRapidsIaa();
      case "V2" -> DeviceProfile.versionTwo();
      default -> read(base.resolve(given));
    };
  }

  /** Whether the profile stands for a platform without the {@code cmdmem} quirk. */
  static boolean lacksCmdmem(String given) {
    return given.equalsIgnoreCase("N");
  }

  private static DeviceProfile read(Path file) throws CommandFailure {
    if (!Files.isRegularFile(file)) {
      throw new CommandFailure(
          "there is no device profile '" + file + "'. Name P, N, R, S, A, V2 or a JSON file.");
    }
    try {
      JsonNode own = mapper().readTree(file.toFile());
      if (!(own instanceof ObjectNode fields)) {
        throw new CommandFailure("the device profile " + file + " is not a JSON object");
      }
      return of(fields, file.toString());
    } catch (JsonProcessingException e) {
      throw unusable(file.toString(), e);
    } catch (IOException e) {
      throw new CommandFailure(
          "the device profile " + file + " cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * The profile P, or A if the kind is IAX, but for what is named.
   *
   * @param origin where the fields are from, for the user
   */
  static DeviceProfile of(ObjectNode fields, String origin) throws CommandFailure {
    try {
      JsonMapper mapper = mapper();
      boolean iax = DeviceKind.IAX.name().equalsIgnoreCase(fields.path("kind").asText());
      ObjectNode merged =
          mapper.valueToTree(iax ? DeviceProfile.sapphireRapidsIaa() : DeviceProfile.standard());
      merged.setAll(fields);
      return mapper.treeToValue(merged, DeviceProfile.class);
    } catch (JsonProcessingException e) {
      throw unusable(origin, e);
    }
  }

  private static CommandFailure unusable(String origin, JsonProcessingException cause) {
    return new CommandFailure(
        "the device profile "
            + origin
            + " cannot be used: "
            + key(cause)
            + cause.getOriginalMessage(),
        cause);
  }

  /** The key that the trouble is with, such as {@code queues.3.size: }. */
  private static String key(JsonProcessingException cause) {
    if (!(cause instanceof JsonMappingException mapping) || mapping.getPath().isEmpty()) {
      return "";
    }
    return mapping.getPath().stream()
        .map(r -> r.getFieldName() != null ? r.getFieldName() : String.valueOf(r.getIndex()))
        .collect(Collectors.joining(".", "", ": "));
  }

  /** A value of 32 bits, signed or not; null for one that has more. */
  private static Integer narrow(Long value) {
    return value >= Integer.MIN_VALUE && value <= 0xffffffffL ? (Integer) value.intValue() : null;
  }

  private static JsonMapper mapper() {
    SimpleModule numbers = new SimpleModule();
    numbers.addDeserializer(long.class, new AnyBase<>(long.class, value -> value));
    numbers.addDeserializer(Long.class, new AnyBase<>(Long.class, value -> value));
    numbers.addDeserializer(int.class, new AnyBase<>(int.class, DeviceProfiles::narrow));
    return JsonMapper.builder()
        .addModule(numbers)
        .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
        .build();
  }

  /** A number, or a string with a number in decimal or hexadecimal. */
  private static final class AnyBase<T> extends StdScalarDeserializer<T> {
    private static final long serialVersionUID = 1L;

    private interface Narrowing<T> {
      T of(Long value);
    }

    private final transient Narrowing<T> narrowing;

    AnyBase(Class<T> type, Narrowing<T> narrowing) {
      super(type);
      this.narrowing = narrowing;
    }

    @Override
    public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
      String text = parser.getText().strip();
      try {
        T value =
            narrowing.of(
                text.startsWith("0x")
                    ? Long.parseUnsignedLong(text.substring(2), 16)
                    : Long.parseLong(text));
        if (value != null) {
          return value;
        }
        throw InvalidFormatException.from(parser, "'" + text + "' is too large", text, _valueClass);
      } catch (NumberFormatException e) {
        throw InvalidFormatException.from(
            parser, "'" + text + "' is not a number", text, _valueClass);
      }
    }
  }
}
