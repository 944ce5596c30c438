using System.Runtime.CompilerServices;
using Moda.Kernels.Cpu.Vector;

namespace Moda.Kernels.Cpu.Kernels;

/// <summary>A vector of channels, whole or the last part of a position.</summary>
internal static unsafe class ChannelVector
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TVector>(float* source, int channels)
        where TVector : unmanaged, IFloatVector<TVector> =>
        channels >= TVector.Count ? TVector.Load(source) : TVector.LoadPartial(source, channels);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TVector>(TVector value, float* destination, int channels)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        if (channels >= TVector.Count)
        {
            TVector.Store(value, destination);
        }
        else
        {
            TVector.StorePartial(value, destination, channels);
        }
    }
}
