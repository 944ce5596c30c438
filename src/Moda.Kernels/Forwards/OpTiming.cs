namespace Moda.Kernels.Forwards;

/// <summary>What one op of a forward took.</summary>
/// <param name="Op">The op's name.</param>
/// <param name="Output">The shape of what it wrote.</param>
/// <param name="MultiplyAdds">Multiplications that the op takes as it is defined; 0 where it is bound by memory. A device may need fewer.</param>
/// <param name="Elapsed">From its beginning to the beginning of the next.</param>
internal readonly record struct OpTiming(string Op, Shape Output, long MultiplyAdds, TimeSpan Elapsed);
