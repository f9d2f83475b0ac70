package ipvs

// The numbers of the kernel's interface, with their names in linux/ip_vs.h
// (IPVS_), linux/netlink.h (NLM_, NLMSG_) and linux/ip_vs.h (IP_VS_SVC_F_).

const (
	familyName    = "IPVS" // IPVS_GENL_NAME
	familyVersion = 1      // IPVS_GENL_VERSION
)

// IPVS_CMD_
const (
	cmdNewService = 1
	cmdSetService = 2
	cmdDelService = 3
	cmdGetService = 4
	cmdNewDest    = 5
	cmdSetDest    = 6
	cmdDelDest    = 7
	cmdGetDest    = 8
	cmdNewDaemon  = 9
	cmdDelDaemon  = 10
	cmdGetDaemon  = 11
	cmdSetConfig  = 12
	cmdGetConfig  = 13
	cmdGetInfo    = 15
	cmdZero       = 16
	cmdFlush      = 17
)

// IPVS_CMD_ATTR_
const (
	attrService       = 1
	attrDest          = 2
	attrDaemon        = 3
	attrTimeoutTCP    = 4 // seconds
	attrTimeoutTCPFIN = 5
	attrTimeoutUDP    = 6
)

// IPVS_INFO_ATTR_, in place of those above in an answer to GET_INFO.
const (
	infoVersion   = 1
	infoTableSize = 2
)

// IPVS_DAEMON_ATTR_
const (
	daemonState     = 1
	daemonInterface = 2
	daemonSyncID    = 3
	daemonMaxLen    = 4
	daemonGroup     = 5
	daemonGroup6    = 6
	daemonPort      = 7 // host order, unlike all other ports
	daemonTTL       = 8
)

// IPVS_SVC_ATTR_
const (
	svcAF        = 1
	svcProtocol  = 2
	svcAddr      = 3
	svcPort      = 4 // network order
	svcFWMark    = 5
	svcSchedName = 6
	svcFlags     = 7 // flags and mask
	svcTimeout   = 8 // seconds
	svcNetmask   = 9 // IPv4: a mask in network order; IPv6: a prefix length
	svcStats     = 10
	svcPEName    = 11
	svcStats64   = 12
)

// IP_VS_SVC_F_
const (
	flagPersistent = 0x1
	flagHashed     = 0x2 // the kernel's own
	flagOnePacket  = 0x4
	flagsSched     = uint32(SchedFlag1 | SchedFlag2 | SchedFlag3)
)

// IPVS_DEST_ATTR_
const (
	destAddr       = 1
	destPort       = 2 // network order
	destForward    = 3
	destWeight     = 4
	destUThresh    = 5
	destLThresh    = 6
	destActive     = 7
	destInactive   = 8
	destPersistent = 9
	destStats      = 10
	destAddrFamily = 11
	destStats64    = 12
	destTunType    = 13
	destTunPort    = 14 // network order
	destTunFlags   = 15
)

const forwardMask = 7 // IP_VS_CONN_F_FWD_MASK

// IPVS_STATS_ATTR_; the same for the 32-bit and the 64-bit nest.
const (
	statsConns    = 1
	statsInPkts   = 2
	statsOutPkts  = 3
	statsInBytes  = 4
	statsOutBytes = 5
	statsCPS      = 6
	statsInPPS    = 7
	statsOutPPS   = 8
	statsInBPS    = 9
	statsOutBPS   = 10
)

// NLMSG_ and NLM_F_
const (
	typeNoop  = 1
	typeError = 2
	typeDone  = 3

	flagRequest   = 0x1
	flagAck       = 0x4
	flagDump      = 0x300
	flagInterrupt = 0x10 // NLM_F_DUMP_INTR, of an answer

	nested = 0x8000 // NLA_F_NESTED
)

const maxName = 15 // IP_VS_SCHEDNAME_MAXLEN and IP_VS_PENAME_MAXLEN, less the NUL
