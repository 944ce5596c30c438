namespace Moda.Weights.Torch;

/// <summary>
/// What the values of a pickle may take in memory: 32 MiB and eight times the bytes read so far. Values of one byte and copies of copies
/// would otherwise make gigabytes of a small file; a real checkpoint takes about twice its pickle.
/// </summary>
/// <param name="input">The pickle's bytes.</param>
internal sealed class PickleBudget(PickleInput input)
{
    private const long Start = 32L << 20;
    private const long BytesForEachByte = 8;

    private long spent;

    /// <summary>Takes memory for a value before it is made; nothing is ever given back.</summary>
    /// <exception cref="InvalidDataException">There is too little left.</exception>
    public void Spend(long bytes)
    {
        spent += bytes;
        if (spent > Start + (BytesForEachByte * input.Position))
        {
            throw new InvalidDataException(
                $"Its values would take more than {Start >> 20} MiB and {BytesForEachByte} times the bytes read so far, far more than weights need.");
        }
    }
}
