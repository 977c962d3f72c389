namespace Recurrent.Emulation;

/// <summary>A program is not what NVIDIA's assembler takes, or did what no program may do.</summary>
/// <param name="message">Where and what.</param>
internal sealed class EmulationException(string message) : Exception(message);
