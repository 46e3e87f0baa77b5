/**
 * Domain packs: what Millrace is told of a field of work. A file is parsed to a {@link
 * io.millrace.contracts.domain.YamlTree}, read by {@code PackReader}, joined with the other packs by {@code Assembly}, and
 * becomes one {@link io.millrace.contracts.domain.Domains}.
 */
@NullMarked
package io.millrace.contracts.domain;

import org.jspecify.annotations.NullMarked;
