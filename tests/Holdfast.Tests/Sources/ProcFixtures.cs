namespace Holdfast.Tests.Sources;

/// <summary>What Linux writes: a virtual machine's files, with lines of other machines added.</summary>
internal static class ProcFixtures
{
    public const string Stat = """
        cpu  26150 0 8510 299721 1124 0 160 20 0 0
        cpu0 10376 0 3152 154051 212 0 39 8 0 0
        cpu1 15773 0 5357 145669 912 0 121 11 0 0
        intr 550140 0 0 0 0 0 0 0 0 0 0
        ctxt 1770317
        """;

    public const string Meminfo = """
        MemTotal:       24684092 kB
        MemFree:        24453188 kB
        MemAvailable:   24390724 kB
        Buffers:            1236 kB
        Cached:            36012 kB
        SwapCached:            0 kB
        SReclaimable:       8000 kB
        HugePages_Total:       0
        Hugepagesize:       2048 kB
        """;

    public const string Diskstats = """
           7       0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
           1       0 ram0 0 0 0 0 0 0 0 0 0 0 0
         254       0 vda 52440 14195 6834682 23026 435794 19640 23598384 480821 0 22764 505227 9158 70 4645136 1068 6939 311
         254       1 vda1 52000 14195 6834000 23026 435794 19640 23598384 480821 0 22764 505227 9158 70 4645136 1068 6939 311
         259       0 nvme0n1 1000 0 2000 5 3000 0 4000 6 0 0 0
         259       1 nvme0n1p1 900 0 1800 5 3000 0 4000 6 0 0 0
         259       9 nvme0n12 10 0 20 5 30 0 40 6 0 0 0
         253       0 dm-0 52440 0 6834682 23026 435794 0 23598384 480821 0 22764 505227
         253       0 zram0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
        """;

    public const string NetDev = """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
            lo:    3193      29    0    0    0     0          0         0     3193      29    0    0    0     0       0          0
          eth0: 517523824   12444    3    0    0     0          0         0   655888    7139    4    0    0     0       0          0
        veth1a2b@if5:     1       1    0    0    0     0          0         0        1       1    0    0    0     0       0          0
        wlan0:1234 1 0 0 0 0 0 0 5678 1 0 0 0 0 0 0
        """;

    public const string Mounts = """
        proc /proc proc rw,relatime 0 0
        sysfs /sys sysfs rw,relatime 0 0
        tmpfs /dev/shm tmpfs rw,relatime,size=24684092k 0 0
        /dev/vda / ext4 rw,relatime,discard,resv_strict,resuid=65534,resgid=65534 0 0
        /dev/vda /var/lib/docker ext4 rw,relatime 0 0
        /dev/sdb1 /mnt/my\040disk\134x xfs rw 0 0
        server:/export /mnt/nfs nfs4 rw 0 0
        cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0
        """;
}
