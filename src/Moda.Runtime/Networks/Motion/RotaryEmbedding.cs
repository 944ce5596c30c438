namespace Moda.Runtime.Networks.Motion;

/// <summary>The table of a rotary position embedding.</summary>
internal static class RotaryEmbedding
{
    private const double Theta = 256;

    /// <summary>Computes the table.</summary>
    /// <param name="positions">The number of positions.</param>
    /// <param name="headChannels">Channels D of a head.</param>
    /// <returns>[positions, D]: for each position D / 2 cosines, then D / 2 sines; the angle of pair i is position / 256^(2i / D).</returns>
    public static float[] Table(int positions, int headChannels)
    {
        int half = headChannels / 2;
        float[] table = new float[positions * headChannels];
        for (int position = 0; position < positions; position++)
        {
            Span<float> row = table.AsSpan(position * headChannels, headChannels);
            for (int i = 0; i < half; i++)
            {
                double angle = position / Math.Pow(Theta, 2.0 * i / headChannels);
                row[i] = (float)Math.Cos(angle);
                row[half + i] = (float)Math.Sin(angle);
            }
        }

        return table;
    }
}
