namespace Moda.Kernels.Tests.Conformance;

/// <summary>One tensor of a case.</summary>
/// <param name="Shape">Its extents.</param>
/// <param name="Gap">Elements between the channels of consecutive positions that don't belong to the tensor.</param>
/// <param name="Values">Draws one value; a normal distribution when null.</param>
internal sealed record Operand(Shape Shape, int Gap = 0, Func<Random, float>? Values = null)
{
    /// <summary>Whether it is stored as float32 on every device.</summary>
    public bool IsFloat32 { get; init; }

    /// <summary>The same values for the same seed.</summary>
    public float[] Draw(int seed)
    {
        var random = new Random(seed);
        Func<Random, float> draw = Values ?? Normal;
        var values = new float[Shape.ElementCount];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = draw(random);
        }

        return values;
    }

    /// <summary>Draws from the standard normal distribution (Box and Muller).</summary>
    public static float Normal(Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));

    /// <summary>Draws integers from -4 to 4.</summary>
    public static float SmallInteger(Random random) => random.Next(-4, 5);

    /// <summary>Draws from an interval.</summary>
    public static Func<Random, float> Uniform(float low, float high) => random => low + (high - low) * random.NextSingle();
}
