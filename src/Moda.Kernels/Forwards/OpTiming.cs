namespace Moda.Kernels.Forwards;

/// <summary>The time of one op of a forward.</summary>
/// <param name="Op">The op's name.</param>
/// <param name="Output">The shape of what it wrote.</param>
/// <param name="MultiplyAdds">Multiply-adds by the definition of the op; 0 for ops that memory bounds. A device may need fewer.</param>
/// <param name="Elapsed">From the beginning of the op to its end.</param>
internal readonly record struct OpTiming(string Op, Shape Output, long MultiplyAdds, TimeSpan Elapsed);
