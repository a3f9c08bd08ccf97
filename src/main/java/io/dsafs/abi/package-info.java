/**
 * The documents of Documentation/ABI as data: which files there are, where, and what they hold.
 *
 * <p>Start with {@link io.dsafs.abi.AbiDocument} (a document is read into entries) and {@link
 * io.dsafs.abi.AbiEntry} (what an entry says). {@link io.dsafs.abi.AbiLibrary} has the documents
 * that are part of the program. {@link io.dsafs.abi.PathPattern}, {@link io.dsafs.abi.Format} and
 * {@link io.dsafs.abi.Condition} are the small languages of the fields What, Format and Visible,
 * which Documentation/ABI/README explains.
 *
 * <p>Kept out: trees of files; a condition asks {@link io.dsafs.abi.Condition.Facts}. Everything
 * here is immutable.
 */
package io.dsafs.abi;
