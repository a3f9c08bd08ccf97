package io.dsafs.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsafs.survey.MachineTree;
import io.dsafs.survey.RecordedFile;
import io.dsafs.survey.Recording;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** A recording as JSON; Documentation/check.md describes the form. */
final class RecordingFile {
  private static final String FORMAT = "dsafs-tree 1";

  private RecordingFile() {}

  /** The recording as text. */
  static String write(Recording recording) {
    JsonMapper mapper = JsonMapper.builder().build();
    ObjectNode root = mapper.createObjectNode();
    root.put("format", FORMAT);
    ObjectNode files = root.putObject("files");
    recording.files().forEach((path, file) -> write(file, files.putObject(path)));
    DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
    try {
      return mapper
              .writer(new DefaultPrettyPrinter().withObjectIndenter(indenter))
              .writeValueAsString(root)
          + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void write(RecordedFile file, ObjectNode node) {
    node.put("type", file.type());
    put(node, "mode", file.mode());
    put(node, "target", file.target());
    put(node, "text", file.text());
    put(node, "hex", file.hex());
    put(node, "error", file.error());
    if (file.size() != null) {
      node.put("size", file.size());
    }
    if (file.changes()) {
      node.put("volatile", true);
    }
  }

  private static void put(ObjectNode node, String key, String value) {
    if (value != null) {
      node.put(key, value);
    }
  }

  /** Reads a file, or records the tree if it is a directory. */
  static Recording readOrRecord(Path place) throws CommandFailure, IOException {
    if (Files.isDirectory(place)) {
      return Recording.of(MachineTree.at(place));
    }
    return read(place);
  }

  static Recording read(Path file) throws CommandFailure {
    if (!Files.isRegularFile(file)) {
      throw new CommandFailure("there is no recording " + file + ". Make one: dsafs record ROOT");
    }
    JsonNode root;
    try {
      root = JsonMapper.builder().build().readTree(file.toFile());
    } catch (JsonProcessingException e) {
      throw new CommandFailure(file + " is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new CommandFailure(file + " cannot be read: " + e.getMessage(), e);
    }
    if (root == null || !root.path("format").asText().equals(FORMAT)) {
      throw new CommandFailure(file + " is no recording: its \"format\" is not " + FORMAT);
    }
    SortedMap<String, RecordedFile> files = new TreeMap<>();
    for (Iterator<Map.Entry<String, JsonNode>> i = root.path("files").fields(); i.hasNext(); ) {
      Map.Entry<String, JsonNode> entry = i.next();
      files.put(entry.getKey(), file(entry.getValue()));
    }
    return new Recording(files);
  }

  private static RecordedFile file(JsonNode node) {
    return new RecordedFile(
        node.path("type").asText(),
        text(node, "mode"),
        text(node, "target"),
        text(node, "text"),
        text(node, "hex"),
        text(node, "error"),
        node.has("size") ? node.path("size").asLong() : null,
        node.path("volatile").asBoolean());
  }

  private static String text(JsonNode node, String key) {
    return node.has(key) ? node.path(key).asText() : null;
  }
}
