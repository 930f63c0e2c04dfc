#pragma once

// While set, whoever asks the machine for the time or for random numbers ends the process: in a simulation both come from the world.
void ottla_set_tripwires(int are_set);
