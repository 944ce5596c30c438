using System.Runtime.InteropServices;

namespace Moda.Weights.Torch;

/// <summary>The value stack of the pickle machine. A mark separates a group of values from those below it.</summary>
/// <param name="budget">The budget that pays for the stack's growth and for its values.</param>
internal sealed class PickleStack(PickleBudget budget)
{
    private static readonly object MarkObject = new();

    private readonly List<object?> values = [];
    private int highest;

    /// <summary>Puts a value on top.</summary>
    /// <param name="value">The value.</param>
    /// <param name="cost">The memory that the value uses, in bytes; 0 for a value that was paid for before.</param>
    /// <exception cref="InvalidDataException">The budget is spent.</exception>
    public void Push(object? value, long cost = 0)
    {
        if (values.Count == highest)
        {
            cost += PickleCost.Items(1);
            highest++;
        }

        if (cost > 0)
        {
            budget.Spend(cost);
        }

        values.Add(value);
    }

    public void PushMark() => Push(MarkObject);

    /// <exception cref="InvalidDataException">There is no value above the last mark.</exception>
    public object? Peek() => values.Count > 0 && values[^1] != MarkObject ? values[^1] : throw new InvalidDataException("The stack is empty.");

    /// <exception cref="InvalidDataException">There is no value above the last mark.</exception>
    public object? Pop()
    {
        object? value = Peek();
        values.RemoveAt(values.Count - 1);
        return value;
    }

    /// <summary>Removes the topmost values and returns them, the lowest first.</summary>
    /// <exception cref="InvalidDataException">There are fewer values above the last mark.</exception>
    public object?[] PopMany(int count)
    {
        object?[] popped = new object?[count];
        for (int i = count - 1; i >= 0; i--)
        {
            popped[i] = Pop();
        }

        return popped;
    }

    /// <summary>Removes the last mark and the values above it, and returns the values, the lowest first.</summary>
    /// <exception cref="InvalidDataException">There is no mark.</exception>
    public object?[] PopToMark()
    {
        int mark = values.LastIndexOf(MarkObject);
        if (mark < 0)
        {
            throw new InvalidDataException("A mark is missing.");
        }

        object?[] popped = CollectionsMarshal.AsSpan(values)[(mark + 1)..].ToArray();
        values.RemoveRange(mark, values.Count - mark);
        return popped;
    }
}
