namespace Moda.Weights.Torch;

/// <summary>
/// Limits the memory that the values of a pickle may use: 32 MiB plus eight times the bytes read so far. Without the limit, a small file of
/// one-byte values or nested copies could expand to gigabytes. A real checkpoint uses about twice the size of its pickle.
/// </summary>
/// <param name="input">The pickle's bytes.</param>
internal sealed class PickleBudget(PickleInput input)
{
    private const long Start = 32L << 20;
    private const long BytesForEachByte = 8;

    private long spent;

    /// <summary>Subtracts a value's memory from the budget, before the value is created. Memory is never returned to the budget.</summary>
    /// <exception cref="InvalidDataException">The budget is spent.</exception>
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
