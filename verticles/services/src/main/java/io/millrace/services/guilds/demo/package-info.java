/** Guilds that live, behind a stand-in of Discord's gateway. */
@NullMarked
package io.millrace.services.guilds.demo;

import org.jspecify.annotations.NullMarked;
