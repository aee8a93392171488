/** Tasks as text: the JSON form of a task, JSON trees with exact numbers, checklists in bodies. */
package dev.quarry.tools.format;
